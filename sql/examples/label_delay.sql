-- How many hours after its prediction's hour a label was collected.
-- Inputs: merged.
-- Grain: one row per model that has labels.
-- A delay is negative where the label was there first; labels that are still to come make no delay.
WITH delays AS (
  SELECT
    m.model,
    (date_part('epoch', m.label_hour) - date_part('epoch', m.hour)) / 3600.0 AS hours
  FROM merged AS m
  WHERE m.label_hour IS NOT NULL
)
SELECT
  d.model,
  count(*) AS labelled,
  min(d.hours) AS least,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY d.hours) AS median,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY d.hours) AS nine_of_ten,
  max(d.hours) AS most
FROM delays AS d
GROUP BY d.model
ORDER BY d.model

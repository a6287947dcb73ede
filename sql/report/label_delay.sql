-- How many labels were collected how many hours after their prediction's hour: the delays of `groundline report`.
-- Inputs: merged.
-- A label without a value is none here, as in the ledger.
-- Grain: one row per delay that some label has, the least first; negative where the label was there first.
-- Parameters: $model; $from and $to, hours of predictions as in 2026-11-01T00:00:00Z; $first_date and $last_date, the
-- days of these, by which folders are chosen.
-- The model is compared behind `=`, because DataFusion looks for the folder of a plain comparison by a spelling of its
-- own, and misses that of `x&y`.
SELECT
  CAST((date_part('epoch', m.label_hour) - date_part('epoch', m.hour)) / 3600 AS BIGINT) AS hours,
  count(*) AS labels
FROM merged AS m
WHERE concat('=', m.model) = concat('=', CAST($model AS VARCHAR))
  AND m.date >= CAST($first_date AS VARCHAR)
  AND m.date <= CAST($last_date AS VARCHAR)
  AND m.hour >= CAST($from AS TIMESTAMP WITH TIME ZONE)
  AND m.hour < CAST($to AS TIMESTAMP WITH TIME ZONE)
  AND m.label_hour IS NOT NULL
  AND m.label IS NOT NULL
GROUP BY 1
ORDER BY 1

-- Confusion counts of each hour, straight from the raw files.
-- Inputs: captures, latest_labels.
-- Grain: one row per hour that has labelled captures.
-- The probability is the first CSV column of the output, positive from 0.5 on; the positive class is 1.
-- Of the labels of a key the last counts, whenever it was collected: label windows are the merge's.
WITH scored AS (
  SELECT
    c.hour,
    coalesce(c.inference_id, c.event_id) AS key,
    class_number(payload_field(c.output, c.output_encoding, '0')) >= 0.5 AS positive
  FROM captures AS c
),
labelled AS (
  SELECT
    l.key,
    class_number(l.label) AS label
  FROM latest_labels AS l
)
SELECT
  s.hour,
  count(*) FILTER (WHERE s.positive AND l.label = 1) AS tp,
  count(*) FILTER (WHERE s.positive AND l.label = 0) AS fp,
  count(*) FILTER (WHERE NOT s.positive AND l.label = 0) AS tn,
  count(*) FILTER (WHERE NOT s.positive AND l.label = 1) AS fn
FROM scored AS s
JOIN labelled AS l
  ON s.key = l.key
GROUP BY s.hour
ORDER BY s.hour

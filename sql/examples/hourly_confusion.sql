-- Confusion counts of each hour, straight from the raw files.
-- Inputs: captures, labels.
-- Grain: one row per hour that has labelled captures.
-- The probability is the first CSV column of the output, positive from 0.5 on; the positive class is 1.
-- Of the labels of a key the last by (hour, file, position) counts, as in the merge with 'latest'. Label windows
-- do not: every label counts, whenever it was collected.
WITH latest AS (
  SELECT
    l.key,
    class_number(first_value(l.label ORDER BY l.hour DESC, l.file DESC, l.position DESC)) AS label
  FROM labels AS l
  GROUP BY l.key
),
scored AS (
  SELECT
    c.hour,
    coalesce(c.inference_id, c.event_id) AS key,
    class_number(payload_field(c.output, c.output_encoding, '0')) >= 0.5 AS positive
  FROM captures AS c
)
SELECT
  s.hour,
  count(*) FILTER (WHERE s.positive AND l.label = 1) AS tp,
  count(*) FILTER (WHERE s.positive AND l.label = 0) AS fp,
  count(*) FILTER (WHERE NOT s.positive AND l.label = 0) AS tn,
  count(*) FILTER (WHERE NOT s.positive AND l.label = 1) AS fn
FROM scored AS s
JOIN latest AS l
  ON s.key = l.key
GROUP BY s.hour
ORDER BY s.hour

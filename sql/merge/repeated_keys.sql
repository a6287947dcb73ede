-- Keys that several labelled captures share: each of them gets the label, as SageMaker does it.
-- Inputs: matched, labels.
-- Grain: one row per label key with two or more captures; places is the number of (endpoint, variant) it is in.
-- Parameters: $each_record (merge/candidates.sql).
WITH captures AS (
  SELECT DISTINCT
    l.key,
    m.endpoint,
    m.variant,
    m.hour,
    m.file,
    m.position,
    CASE WHEN CAST($each_record AS BOOLEAN) THEN m.record_index ELSE 0 END AS unit
  FROM matched AS m
  JOIN labels AS l
    ON m.label_hour = l.hour AND m.label_file = l.file AND m.label_position = l.position
)
SELECT
  c.key,
  count(*) AS captures,
  count(DISTINCT concat(c.endpoint, '/', c.variant)) AS places
FROM captures AS c
GROUP BY c.key
HAVING count(*) > 1
ORDER BY c.key

-- Keys that several labelled captures share: each of them gets the label, as SageMaker does it.
-- Inputs: matched.
-- Grain: one row per key with two or more captures; places is the number of (endpoint, variant) it is in.
WITH captures AS (
  SELECT DISTINCT
    coalesce(m.inference_id, m.event_id) AS key,
    m.endpoint,
    m.variant,
    m.hour,
    m.file,
    m.position
  FROM matched AS m
  WHERE m.label_file IS NOT NULL
)
SELECT
  c.key,
  count(*) AS captures,
  count(DISTINCT concat(c.endpoint, '/', c.variant)) AS places
FROM captures AS c
GROUP BY c.key
HAVING count(*) > 1
ORDER BY c.key

-- A metric of one's own with a value for each segment: accuracy of each variant.
-- Inputs: merged.
-- Grain: one row per endpoint and variant that have labelled predictions.
-- Variants of several endpoints may share a name, so a segment is named by both.
SELECT
  'accuracy_by_variant' AS metric,
  m.endpoint || '/' || m.variant AS segment,
  avg(CASE WHEN m.prediction = m.label THEN 1.0 ELSE 0.0 END) AS value
FROM merged AS m
WHERE m.label IS NOT NULL AND m.prediction IS NOT NULL
GROUP BY
  m.endpoint,
  m.variant
ORDER BY
  m.endpoint,
  m.variant

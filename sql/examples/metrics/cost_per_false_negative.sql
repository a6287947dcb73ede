-- A metric of one's own: what missed positives cost, per labelled prediction.
-- Inputs: merged.
-- Grain: one row; null where nothing is labelled.
-- A positive (class 1) that was not predicted costs 500; put your own cost there.
SELECT
  'cost_per_false_negative' AS metric,
  avg(CASE WHEN m.label = '1' AND m.prediction <> '1' THEN 500.0 ELSE 0.0 END) AS value
FROM merged AS m
WHERE m.label IS NOT NULL AND m.prediction IS NOT NULL

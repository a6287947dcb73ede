-- Quality of each variant of a binary classifier, by the metrics of `groundline quality`.
-- Inputs: merged.
-- Grain: one row per model, endpoint and variant.
-- Only predictions with a probability, since other models may predict numbers.
-- Rows without a label are in none of the metrics; an undefined metric is null. For classes other than 1 and 0, name
-- them as third and fourth argument: recall(m.label, m.prediction, 'yes', 'no').
SELECT
  m.model,
  m.endpoint,
  m.variant,
  count(*) AS predictions,
  count(m.label) AS labelled,
  accuracy(m.label, m.prediction) AS accuracy,
  recall(m.label, m.prediction) AS recall,
  precision(m.label, m.prediction) AS precision,
  f1(m.label, m.prediction) AS f1,
  auc(m.label, m.probability) AS auc,
  log_loss(m.label, m.probability) AS log_loss,
  expected_calibration_error(m.label, m.probability) AS calibration_error
FROM merged AS m
WHERE m.probability IS NOT NULL
GROUP BY
  m.model,
  m.endpoint,
  m.variant
ORDER BY
  m.model,
  m.endpoint,
  m.variant

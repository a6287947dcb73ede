-- Confusion matrix: how often each label met each prediction.
-- Inputs: merged.
-- Grain: one row per model, label and prediction that occur together.
-- Classes are compared as text after both were brought to one form, so 1, "1" and 1.0 are one class.
SELECT
  m.model,
  m.label,
  m.prediction,
  count(*) AS predictions
FROM merged AS m
WHERE m.label IS NOT NULL AND m.prediction IS NOT NULL
GROUP BY
  m.model,
  m.label,
  m.prediction
ORDER BY
  m.model,
  m.label,
  m.prediction

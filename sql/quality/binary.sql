-- Rows of a binary classification, as the metrics take them.
-- Inputs: measured (the rows; their attributes are label, prediction and probability, of any type).
-- Grain: one row per row of measured.
-- Output: measured's columns; actual and predicted: true for the positive class, false for the negative, null for
--   neither; score: the probability as a number.
-- Parameters: $positive_class, $negative_class, $label_type ('auto' or 'string'), $probability_threshold.
SELECT
  m.*,
  class_is(m.label, CAST($positive_class AS VARCHAR), CAST($negative_class AS VARCHAR), CAST($label_type AS VARCHAR)) AS actual,
  CASE
    WHEN m.prediction IS NULL THEN finite_number(m.probability) >= CAST($probability_threshold AS DOUBLE)
    ELSE class_is(m.prediction, CAST($positive_class AS VARCHAR), CAST($negative_class AS VARCHAR), CAST($label_type AS VARCHAR))
  END AS predicted,
  finite_number(m.probability) AS score
FROM measured AS m

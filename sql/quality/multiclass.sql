-- Rows of a multiclass classification, as the metrics take them.
-- Inputs: measured (the rows; their attributes are label, prediction and probability, of any type).
-- Grain: one row per row of measured.
-- Output: measured's columns; actual and predicted: names of classes. A list of probabilities is the class of the
--   largest.
-- Parameters: $class_names (a JSON list, or null: classes are numbered from 0), $label_type ('auto' or 'string').
SELECT
  m.*,
  class_text(CAST(m.label AS VARCHAR), CAST($label_type AS VARCHAR)) AS actual,
  class_text(class_of(CAST(m.prediction AS VARCHAR), CAST($class_names AS VARCHAR)), CAST($label_type AS VARCHAR)) AS predicted,
  CAST(NULL AS DOUBLE) AS score
FROM measured AS m

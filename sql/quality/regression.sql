-- Rows of a regression, as the metrics take them.
-- Inputs: measured (the rows; their attributes are label, prediction and probability, of any type).
-- Grain: one row per row of measured.
-- Output: measured's columns; actual and predicted: numbers, null where there is none.
SELECT
  m.*,
  finite_number(m.label) AS actual,
  finite_number(m.prediction) AS predicted,
  CAST(NULL AS DOUBLE) AS score
FROM measured AS m

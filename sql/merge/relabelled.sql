-- Labels of observations whose label is chosen anew, from late labels, without their captures.
-- Inputs: relabelled (record_label, as merge/matched.sql gives it, in the order of the observations).
-- Grain: one row per such observation, in their order.
-- Output: label and label_value, as merge/observations.sql gives them.
-- Parameters: $label_type ('auto' or 'string').
WITH classed AS (
  SELECT class_text(r.record_label, CAST($label_type AS VARCHAR)) AS label
  FROM relabelled AS r
)
SELECT
  c.label,
  class_number(c.label) AS label_value
FROM classed AS c

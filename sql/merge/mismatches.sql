-- Labels in the window of a capture with another number of records: unusable for it.
-- Inputs: candidates.
-- Grain: one row per (label, capture).
-- Parameters: $ground_truth_attribute (null: none).
SELECT
  c.label_hour,
  c.label_file,
  c.label_position,
  label_length(c.label, c.label_encoding, CAST($ground_truth_attribute AS VARCHAR)) AS label_records,
  c.endpoint,
  c.variant,
  c.hour,
  c.file,
  c.position,
  c.record_count
FROM candidates AS c
WHERE c.in_window AND NOT c.fits
ORDER BY c.label_hour, c.label_file, c.label_position, c.endpoint, c.variant, c.hour, c.file, c.position

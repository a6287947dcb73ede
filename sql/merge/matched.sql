-- Predictions LEFT JOIN the labels that the policy chooses.
-- Inputs: predictions, candidates.
-- Grain: one row per prediction record and chosen label; a prediction without a label has one row, its label null.
-- Output: the columns of predictions; record_label is the record's own part of the label, label the whole of it,
--   on the first record of its unit only, so that an event of many records does not carry it many times.
-- Parameters: $duplicate_labels ('latest', 'first', 'all' or 'error'), $ground_truth_attribute (null: none),
--   $label_layout, $each_record (merge/candidates.sql).
-- Labels of a key are ordered by (hour, file, position). Identical ones (same text and encoding) collapse
-- under 'all' and 'error' to the first of them. Under 'error' a capture with different ones fails its hour
-- (merge/conflicts.sql).
WITH usable AS (
  SELECT
    c.endpoint,
    c.variant,
    c.hour,
    c.file,
    c.position,
    c.unit,
    c.first_index,
    c.label,
    c.label_encoding,
    c.label_hour,
    c.label_file,
    c.label_position,
    row_number() OVER (
      PARTITION BY c.endpoint, c.variant, c.hour, c.file, c.position, c.unit
      ORDER BY c.label_hour DESC, c.label_file DESC, c.label_position DESC
    ) AS from_last,
    row_number() OVER (
      PARTITION BY c.endpoint, c.variant, c.hour, c.file, c.position, c.unit
      ORDER BY c.label_hour, c.label_file, c.label_position
    ) AS from_first,
    row_number() OVER (
      PARTITION BY c.endpoint, c.variant, c.hour, c.file, c.position, c.unit, c.label, c.label_encoding
      ORDER BY c.label_hour, c.label_file, c.label_position
    ) AS copy
  FROM candidates AS c
  WHERE c.in_window AND c.fits
),
chosen AS (
  SELECT
    endpoint,
    variant,
    hour,
    file,
    position,
    unit,
    first_index,
    label,
    label_encoding,
    label_hour,
    label_file,
    label_position
  FROM usable
  WHERE CASE CAST($duplicate_labels AS VARCHAR)
    WHEN 'latest' THEN from_last = 1
    WHEN 'first' THEN from_first = 1
    ELSE copy = 1
  END
)
SELECT
  p.endpoint,
  p.variant,
  p.hour,
  p.event_id,
  p.inference_id,
  p.inference_time,
  p.input,
  p.input_encoding,
  p.output,
  p.output_encoding,
  p.file,
  p.position,
  p.record_index,
  p.record_count,
  CASE WHEN p.record_index = c.first_index THEN c.label END AS label,
  CASE WHEN p.record_index = c.first_index THEN c.label_encoding END AS label_encoding,
  label_value(
    c.label,
    c.label_encoding,
    p.record_index - CASE WHEN CAST($each_record AS BOOLEAN) THEN p.record_index ELSE 0 END,
    p.record_count,
    CAST($ground_truth_attribute AS VARCHAR),
    CAST($label_layout AS VARCHAR)
  ) AS record_label,
  c.label_hour,
  c.label_file,
  c.label_position
FROM predictions AS p
LEFT JOIN chosen AS c
  ON p.endpoint = c.endpoint
  AND p.variant = c.variant
  AND p.hour = c.hour
  AND p.file = c.file
  AND p.position = c.position
  AND CASE WHEN CAST($each_record AS BOOLEAN) THEN p.record_index ELSE 0 END = c.unit

-- Labels that have the key of a capture, and whether the capture may use them.
-- Inputs: predictions, labels.
-- Grain: one row per (capture or transform record, label of the same key).
-- Parameters: $label_lead_us, $label_horizon_us (null: unlimited), $ground_truth_attribute (null: none).
-- The window belongs to the prediction's hour, so any way of cutting a run gives the same rows.
SELECT
  p.endpoint,
  p.variant,
  p.hour,
  p.file,
  p.position,
  p.record_count,
  l.key,
  l.label,
  l.label_encoding,
  l.hour AS label_hour,
  l.file AS label_file,
  l.position AS label_position,
  arrow_cast(l.hour, 'Int64') >= arrow_cast(p.hour, 'Int64') - CAST($label_lead_us AS BIGINT)
    AND (
      CAST($label_horizon_us AS BIGINT) IS NULL
      OR arrow_cast(l.hour, 'Int64') < arrow_cast(p.hour, 'Int64') + CAST($label_horizon_us AS BIGINT)
    ) AS in_window,
  label_fits(l.label, l.label_encoding, p.record_count, CAST($ground_truth_attribute AS VARCHAR)) AS fits
FROM predictions AS p
JOIN labels AS l
  ON coalesce(p.inference_id, p.event_id) = l.key
WHERE p.record_index = 0

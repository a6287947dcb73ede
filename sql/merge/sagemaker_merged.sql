-- Labelled captures and transform records with whole payloads, for SageMaker's merged JSON Lines (formats.md 4.5).
-- Inputs: events (captures or transform records, payloads not cut), matched.
-- Grain: one row per (capture or transform record, chosen label): matched has the label on the first record only. A label without text is no label here.
SELECT
  e.endpoint,
  e.variant,
  e.hour,
  e.event_id,
  e.inference_id,
  e.inference_time,
  e.custom_attributes,
  e.input,
  e.input_encoding,
  e.input_content_type,
  e.output,
  e.output_encoding,
  e.output_content_type,
  m.label,
  m.label_encoding
FROM events AS e
JOIN matched AS m
  ON e.endpoint = m.endpoint
  AND e.variant = m.variant
  AND e.hour = m.hour
  AND e.file = m.file
  AND e.position = m.position
WHERE class_text(m.label, 'auto') IS NOT NULL
  AND m.label <> 'null'
ORDER BY e.endpoint, e.variant, e.hour, e.file, e.position, m.label_hour, m.label_file, m.label_position

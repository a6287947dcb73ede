-- The observations: prediction, probability and label of every matched prediction record.
-- Inputs: matched.
-- Grain: one row per (prediction record, chosen label or none).
-- Output: the columns of the hour files (design.md, "The output"), after endpoint and variant, which name the path.
--   has_output and outside_hour are for the ledger and are not written.
-- Parameters: $inference_attribute, $probability_attribute (null: none),
--   $probability_threshold, $positive_class and $negative_class (null unless a probability decides the class),
--   $label_type ('auto' or 'string').
WITH extracted AS (
  SELECT
    m.endpoint,
    m.variant,
    m.hour,
    m.event_id,
    m.inference_id,
    m.inference_time,
    m.record_index,
    m.input,
    m.input_encoding,
    m.output,
    m.output_encoding,
    m.file,
    m.position,
    m.label_hour,
    m.label_file,
    m.label_position,
    payload_field(m.output, m.output_encoding, CAST($inference_attribute AS VARCHAR)) AS inferred,
    class_number(payload_field(m.output, m.output_encoding, CAST($probability_attribute AS VARCHAR))) AS probability,
    class_text(m.record_label, CAST($label_type AS VARCHAR)) AS label
  FROM matched AS m
),
classed AS (
  SELECT
    e.*,
    CASE
      WHEN CAST($inference_attribute AS VARCHAR) IS NOT NULL THEN class_text(e.inferred, CAST($label_type AS VARCHAR))
      WHEN e.probability >= CAST($probability_threshold AS DOUBLE) THEN CAST($positive_class AS VARCHAR)
      WHEN e.probability IS NOT NULL THEN CAST($negative_class AS VARCHAR)
    END AS prediction
  FROM extracted AS e
)
SELECT
  c.endpoint,
  c.variant,
  coalesce(c.inference_id, c.event_id) AS key,
  c.event_id,
  c.inference_id,
  c.inference_time,
  c.hour,
  c.record_index,
  c.input,
  c.input_encoding,
  c.output,
  c.output_encoding,
  c.prediction,
  class_number(c.prediction) AS prediction_value,
  c.probability,
  c.label,
  class_number(c.label) AS label_value,
  c.label_hour,
  c.label_file,
  c.label_position,
  c.file,
  c.position,
  c.output IS NOT NULL AS has_output,
  -- In microseconds, because calendar functions on every record are dear.
  CAST(c.inference_time AS BIGINT) - CAST(c.hour AS BIGINT) NOT BETWEEN 0 AND 3599999999 AS outside_hour
FROM classed AS c

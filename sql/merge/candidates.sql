-- Labels that have a key of a capture, and whether the capture may use them.
-- Inputs: predictions, labels.
-- Grain: one row per (unit, label of the same key). A unit is what one label is for: a capture or transform record,
--   or a single record of it where each has an id of its own ($each_record); first_index is its first record's index.
-- Parameters: $label_lead_us, $label_horizon_us (null: unlimited), $ground_truth_attribute (null: none),
--   $label_layout ('auto', 'rows' or 'columns'), $match ('coalesce' or 'either'), $each_record (an id_attribute is given).
-- The window belongs to the prediction's hour, so any way of cutting a run gives the same rows.
WITH units AS (
  SELECT
    p.endpoint,
    p.variant,
    p.hour,
    p.file,
    p.position,
    CASE WHEN CAST($each_record AS BOOLEAN) THEN p.record_index ELSE 0 END AS unit,
    min(p.record_index) AS first_index,
    max(p.record_count) AS record_count,
    max(coalesce(p.inference_id, p.event_id)) AS key,
    max(p.event_id) AS event_id
  FROM predictions AS p
  GROUP BY
    p.endpoint,
    p.variant,
    p.hour,
    p.file,
    p.position,
    CASE WHEN CAST($each_record AS BOOLEAN) THEN p.record_index ELSE 0 END
),
wanted AS (
  SELECT u.*, u.key AS label_key
  FROM units AS u
  UNION ALL
  SELECT u.*, u.event_id AS label_key
  FROM units AS u
  WHERE CAST($match AS VARCHAR) = 'either' AND u.event_id <> u.key
)
SELECT
  w.endpoint,
  w.variant,
  w.hour,
  w.file,
  w.position,
  w.unit,
  w.first_index,
  w.record_count,
  w.key,
  l.label,
  l.label_encoding,
  l.hour AS label_hour,
  l.file AS label_file,
  l.position AS label_position,
  arrow_cast(l.hour, 'Int64') >= arrow_cast(w.hour, 'Int64') - CAST($label_lead_us AS BIGINT)
    AND (
      CAST($label_horizon_us AS BIGINT) IS NULL
      OR arrow_cast(l.hour, 'Int64') < arrow_cast(w.hour, 'Int64') + CAST($label_horizon_us AS BIGINT)
    ) AS in_window,
  label_fits(
    l.label,
    l.label_encoding,
    w.record_count,
    CAST($ground_truth_attribute AS VARCHAR),
    CAST($label_layout AS VARCHAR)
  ) AS fits
FROM wanted AS w
JOIN labels AS l
  ON w.label_key = l.key

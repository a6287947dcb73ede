-- Labels that matched nothing for one reason, and the predictions they came nearest to: `groundline unmatched --reason`.
-- Inputs: unmatched_labels.
-- Grain: one row per label and window of a run, in label order.
-- Parameters: $model (null: all), $reason.
-- The model is compared behind `=`, because DataFusion looks for the folder of a plain comparison by a spelling of its
-- own, and misses that of `x&y`.
SELECT
  u.model,
  u.window_from,
  u.window_to,
  u.key,
  u.label,
  u.hour,
  u.file,
  u.position,
  u.nearest_key,
  u.nearest_model,
  u.nearest_endpoint,
  u.nearest_variant,
  u.nearest_hour,
  u.nearest_file,
  u.nearest_position,
  u.nearest_line
FROM unmatched_labels AS u
WHERE (CAST($model AS VARCHAR) IS NULL OR concat('=', u.model) = concat('=', CAST($model AS VARCHAR))) AND u.reason = CAST($reason AS VARCHAR)
ORDER BY u.model, u.window_from, u.window_to, u.hour, u.file, u.position

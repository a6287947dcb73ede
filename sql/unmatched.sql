-- Why labels matched nothing, as runs told it: `groundline unmatched`.
-- Inputs: unmatched_labels.
-- shown_id(id) is the id, in quotes where blanks or quotes could not be seen.
-- Grain: one row per model, window of a run and reason, the most labels first.
-- Parameters: $model (null: all).
-- The model is compared behind `=`, because DataFusion looks for the folder of a plain comparison by a spelling of its
-- own, and misses that of `x&y`.
SELECT
  u.model,
  u.window_from,
  u.window_to,
  u.reason,
  count(*) AS labels,
  first_value(concat(shown_id(u.key), ' at ', u.file, ':', u.position) ORDER BY u.hour, u.file, u.position) AS example,
  first_value(
    CASE
      WHEN u.nearest_key IS NOT NULL
        THEN concat(shown_id(u.nearest_key), ' at ', u.nearest_file, ':', coalesce(u.nearest_line, u.nearest_position))
    END
    ORDER BY u.hour, u.file, u.position
  ) AS nearest
FROM unmatched_labels AS u
WHERE CAST($model AS VARCHAR) IS NULL OR concat('=', u.model) = concat('=', CAST($model AS VARCHAR))
GROUP BY u.model, u.window_from, u.window_to, u.reason
ORDER BY u.model, u.window_from, u.window_to, labels DESC, u.reason

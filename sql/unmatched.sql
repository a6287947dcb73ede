-- Why labels matched nothing, as runs told it: `groundline unmatched`.
-- Inputs: unmatched_labels.
-- shown_id(id) is the id, in quotes where blanks or quotes could not be seen.
-- Grain: one row per model, window of a run and reason, the most labels first.
-- Parameters: $model (null: all).
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
WHERE CAST($model AS VARCHAR) IS NULL OR u.model = CAST($model AS VARCHAR)
GROUP BY u.model, u.window_from, u.window_to, u.reason
ORDER BY u.model, u.window_from, u.window_to, labels DESC, u.reason

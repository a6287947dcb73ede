-- The label that counts for each key: the last by (hour, file, position), as in the merge with 'latest'.
-- Label windows do not count: they are the merge's, and differ from prediction to prediction.
-- Inputs: labels.
-- Grain: one row per key.
SELECT
  r.hour,
  r.key,
  r.label,
  r.label_encoding,
  r.file,
  r.position
FROM (
  SELECT
    l.*,
    row_number() OVER (
      PARTITION BY l.key
      ORDER BY l.hour DESC, l.file DESC, l.position DESC
    ) AS place
  FROM labels AS l
) AS r
WHERE r.place = 1

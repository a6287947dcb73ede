-- Captures that --duplicate-labels error refuses: several different usable labels.
-- Inputs: candidates.
-- Grain: one row per unit (merge/candidates.sql); labels is the number of different ones.
WITH usable AS (
  SELECT DISTINCT
    c.endpoint,
    c.variant,
    c.hour,
    c.file,
    c.position,
    c.unit,
    c.key,
    c.label,
    c.label_encoding
  FROM candidates AS c
  WHERE c.in_window AND c.fits
)
SELECT
  u.endpoint,
  u.variant,
  u.hour,
  u.file,
  u.position,
  u.unit,
  u.key,
  count(*) AS labels
FROM usable AS u
GROUP BY u.endpoint, u.variant, u.hour, u.file, u.position, u.unit, u.key
HAVING count(*) > 1
ORDER BY u.endpoint, u.variant, u.hour, u.file, u.position, u.unit

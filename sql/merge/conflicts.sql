-- Captures that --duplicate-labels error refuses: several different usable labels.
-- Inputs: candidates.
-- Grain: one row per capture; labels is the number of different ones.
SELECT
  c.endpoint,
  c.variant,
  c.hour,
  c.file,
  c.position,
  min(c.key) AS key,
  count(DISTINCT concat(coalesce(c.label_encoding, '?'), ':', coalesce(c.label, '?'), ':', c.label IS NULL)) AS labels
FROM candidates AS c
WHERE c.in_window AND c.fits
GROUP BY c.endpoint, c.variant, c.hour, c.file, c.position
HAVING count(DISTINCT concat(coalesce(c.label_encoding, '?'), ':', coalesce(c.label, '?'), ':', c.label IS NULL)) > 1
ORDER BY c.endpoint, c.variant, c.hour, c.file, c.position

-- Which bucket of the ledger each label is in; the first that applies of matched, duplicate, superseded, unmatched.
-- Inputs: labels, candidates, matched.
-- Grain: one row per label that was read.
-- Output: hour, key, label, label_encoding, file, position, status, and for unmatched ones the reason.
--   matched: chosen for at least one prediction. duplicate: identical to a matched label, or to an earlier one.
--   superseded: a prediction could have used it, but the policy chose another. unmatched: chosen for none.
WITH chosen AS (
  SELECT DISTINCT m.label_hour, m.label_file, m.label_position
  FROM matched AS m
  WHERE m.label_file IS NOT NULL
),
candidate AS (
  SELECT
    c.label_hour,
    c.label_file,
    c.label_position,
    bool_or(c.in_window) AS in_window,
    bool_or(c.in_window AND c.fits) AS usable
  FROM candidates AS c
  GROUP BY c.label_hour, c.label_file, c.label_position
),
known AS (
  SELECT
    l.hour,
    l.key,
    l.label,
    l.label_encoding,
    l.file,
    l.position,
    chosen.label_file IS NOT NULL AS matched,
    candidate.label_file IS NOT NULL AS has_capture,
    coalesce(candidate.in_window, false) AS in_window,
    coalesce(candidate.usable, false) AS usable
  FROM labels AS l
  LEFT JOIN chosen
    ON l.hour = chosen.label_hour AND l.file = chosen.label_file AND l.position = chosen.label_position
  LEFT JOIN candidate
    ON l.hour = candidate.label_hour AND l.file = candidate.label_file AND l.position = candidate.label_position
),
repeated AS (
  SELECT
    known.*,
    bool_or(known.matched) OVER (PARTITION BY known.key, known.label, known.label_encoding) AS copy_matched,
    row_number() OVER (
      PARTITION BY known.key, known.label, known.label_encoding
      ORDER BY known.hour, known.file, known.position
    ) AS copy
  FROM known
)
SELECT
  r.hour,
  r.key,
  r.label,
  r.label_encoding,
  r.file,
  r.position,
  CASE
    WHEN r.matched THEN 'matched'
    WHEN r.copy_matched OR r.copy > 1 THEN 'duplicate'
    WHEN r.usable THEN 'superseded'
    ELSE 'unmatched'
  END AS status,
  CASE
    WHEN r.matched OR r.copy_matched OR r.copy > 1 OR r.usable THEN NULL
    WHEN NOT r.has_capture THEN 'no_prediction'
    WHEN NOT r.in_window THEN 'outside_label_window'
    ELSE 'record_count_differs'
  END AS reason
FROM repeated AS r
ORDER BY r.hour, r.file, r.position

-- Which bucket of the ledger each label is in; the first that applies of matched, duplicate, superseded, unmatched.
-- Inputs: labels, candidates, matched, sightings.
-- Grain: one row per label that was read.
-- Output: hour, key, label, label_encoding, file, position, status, and for unmatched ones the reason and the nearest
--   prediction (nearest_…): the one that the reason is about, the first in order.
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
),
settled AS (
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
    END AS status
  FROM repeated AS r
),
unmatched AS (
  SELECT s.hour, s.key, s.file, s.position
  FROM settled AS s
  WHERE s.status = 'unmatched'
),
-- What a label was near to: a prediction that has its key and could not use it, or one that its key may have meant.
near AS (
  SELECT
    u.hour AS label_hour,
    u.file AS label_file,
    u.position AS label_position,
    CASE WHEN c.in_window THEN 0 ELSE 1 END AS rank,
    CASE WHEN c.in_window THEN 'record_count_differs' ELSE 'outside_label_window' END AS reason,
    CAST(NULL AS VARCHAR) AS model,
    c.endpoint,
    c.variant,
    c.hour,
    c.file,
    c.position,
    CAST(NULL AS BIGINT) AS line,
    c.key
  FROM unmatched AS u
  JOIN candidates AS c
    ON u.hour = c.label_hour AND u.file = c.label_file AND u.position = c.label_position
  UNION ALL
  SELECT
    u.hour AS label_hour,
    u.file AS label_file,
    u.position AS label_position,
    s.rank,
    s.reason,
    s.model,
    s.endpoint,
    s.variant,
    s.hour,
    s.file,
    s.position,
    s.line,
    s.key
  FROM unmatched AS u
  JOIN sightings AS s
    ON u.key = s.id
  WHERE NOT s.by_spelling
  UNION ALL
  SELECT
    u.hour AS label_hour,
    u.file AS label_file,
    u.position AS label_position,
    s.rank,
    s.reason,
    s.model,
    s.endpoint,
    s.variant,
    s.hour,
    s.file,
    s.position,
    s.line,
    s.key
  FROM unmatched AS u
  JOIN sightings AS s
    ON normal_key(u.key) = s.id
  WHERE s.by_spelling
),
nearest AS (
  SELECT
    near.*,
    row_number() OVER (
      PARTITION BY near.label_hour, near.label_file, near.label_position
      ORDER BY near.rank, near.model, near.endpoint, near.variant, near.hour, near.file, near.position, near.key
    ) AS place
  FROM near
)
SELECT
  s.hour,
  s.key,
  s.label,
  s.label_encoding,
  s.file,
  s.position,
  s.status,
  CASE WHEN s.status = 'unmatched' THEN coalesce(n.reason, 'unknown_id') END AS reason,
  n.model AS nearest_model,
  n.endpoint AS nearest_endpoint,
  n.variant AS nearest_variant,
  n.hour AS nearest_hour,
  n.file AS nearest_file,
  n.position AS nearest_position,
  n.line AS nearest_line,
  n.key AS nearest_key
FROM settled AS s
LEFT JOIN nearest AS n
  ON s.hour = n.label_hour AND s.file = n.label_file AND s.position = n.label_position AND n.place = 1
ORDER BY s.hour, s.file, s.position

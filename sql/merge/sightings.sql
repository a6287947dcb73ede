-- Ids by which a label may have meant a prediction that did not take it: why labels match nothing.
-- Inputs: predictions, filtered (records that the model's `where` left out), rejected (ids that stand in rejected
--   records), elsewhere (ids of predictions of other endpoints, variants and models).
-- Grain: one row per such id and prediction; id is what a label would have as its key, or, where by_spelling is true,
--   the normal form of it; key is the prediction's own. The least rank says the most.
-- Parameters: $match ('coalesce' or 'either').
SELECT
  2 AS rank,
  'prediction_filtered' AS reason,
  coalesce(f.inference_id, f.event_id) AS id,
  false AS by_spelling,
  CAST(NULL AS VARCHAR) AS model,
  f.endpoint,
  f.variant,
  f.hour,
  f.file,
  f.position,
  CAST(NULL AS BIGINT) AS line,
  coalesce(f.inference_id, f.event_id) AS key
FROM filtered AS f
UNION ALL
SELECT
  3 AS rank,
  'prediction_rejected' AS reason,
  r.id AS id,
  false AS by_spelling,
  CAST(NULL AS VARCHAR) AS model,
  r.endpoint,
  r.variant,
  r.hour,
  r.file,
  r.position,
  r.line,
  r.id AS key
FROM rejected AS r
UNION ALL
SELECT
  4 AS rank,
  'event_id_given' AS reason,
  p.event_id AS id,
  false AS by_spelling,
  CAST(NULL AS VARCHAR) AS model,
  p.endpoint,
  p.variant,
  p.hour,
  p.file,
  p.position,
  CAST(NULL AS BIGINT) AS line,
  p.inference_id AS key
FROM predictions AS p
WHERE p.event_id <> p.inference_id AND CAST($match AS VARCHAR) = 'coalesce'
UNION ALL
SELECT
  5 AS rank,
  'spelled_differently' AS reason,
  normal_key(coalesce(p.inference_id, p.event_id)) AS id,
  true AS by_spelling,
  CAST(NULL AS VARCHAR) AS model,
  p.endpoint,
  p.variant,
  p.hour,
  p.file,
  p.position,
  CAST(NULL AS BIGINT) AS line,
  coalesce(p.inference_id, p.event_id) AS key
FROM predictions AS p
UNION ALL
SELECT
  e.rank,
  e.reason,
  e.id AS id,
  false AS by_spelling,
  e.model,
  e.endpoint,
  e.variant,
  e.hour,
  e.file,
  e.position,
  CAST(NULL AS BIGINT) AS line,
  e.id AS key
FROM elsewhere AS e

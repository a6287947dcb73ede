-- The accounts of every run over a model, from which `groundline report` chooses.
-- Inputs: ledger.
-- Grain: one row per window of a run, side and bucket.
-- Parameters: $model.
-- The model is compared behind `=`, because DataFusion looks for the folder of a plain comparison by a spelling of its
-- own, and misses that of `x&y`.
SELECT
  l.window_from,
  l.window_to,
  l.side,
  l.bucket,
  sum(l.count) AS records
FROM ledger AS l
WHERE concat('=', l.model) = concat('=', CAST($model AS VARCHAR))
GROUP BY l.window_from, l.window_to, l.side, l.bucket
ORDER BY l.window_from, l.window_to, l.side, l.bucket

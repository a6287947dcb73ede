-- Job E, DuckDB's half: the area under the ROC curve, exact and with ties (Mann and Whitney: the sum of mean ranks).
-- Inputs: observations, without nulls.
-- Grain: one row; null where one class is absent.
-- Of the formulations tried the quickest. Equal probabilities take the places low..high; cume_dist() is high / rows,
-- and cheaper than counting the rows up to here. The label becomes a boolean first, or the sort carries the text.
WITH scored AS (
  SELECT
    o.probability,
    o.label = '1' AS positive
  FROM observations AS o
),
ranked AS (
  SELECT
    s.positive,
    rank() OVER by_probability AS low,
    round(cume_dist() OVER by_probability * (SELECT count(*) FROM observations))::BIGINT AS high
  FROM scored AS s
  WINDOW by_probability AS (ORDER BY s.probability)
),
summed AS (
  SELECT
    sum(r.low + r.high) FILTER (r.positive) AS doubled_ranks,
    count(*) FILTER (r.positive) AS positives,
    count(*) FILTER (NOT r.positive) AS negatives
  FROM ranked AS r
)
SELECT
  (s.doubled_ranks - s.positives * (s.positives + 1)) / nullif(2 * s.positives * s.negatives, 0) AS auc
FROM summed AS s

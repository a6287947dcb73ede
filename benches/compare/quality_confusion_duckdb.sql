-- Job E, DuckDB's half: confusion counts of each hour, the positive class being 1.
-- Inputs: observations, without nulls.
-- Grain: one row per hour.
-- Grouped first, by columns that are dictionaries in the file: quicker than four filtered counts of all rows.
WITH cells AS (
  SELECT
    o.hour,
    o.prediction,
    o.label,
    count(*) AS rows
  FROM observations AS o
  GROUP BY
    o.hour,
    o.prediction,
    o.label
)
SELECT
  c.hour,
  coalesce(sum(c.rows) FILTER (c.prediction = '1' AND c.label = '1'), 0) AS tp,
  coalesce(sum(c.rows) FILTER (c.prediction = '1' AND c.label = '0'), 0) AS fp,
  coalesce(sum(c.rows) FILTER (c.prediction = '0' AND c.label = '0'), 0) AS tn,
  coalesce(sum(c.rows) FILTER (c.prediction = '0' AND c.label = '1'), 0) AS fn
FROM cells AS c
GROUP BY c.hour
ORDER BY c.hour

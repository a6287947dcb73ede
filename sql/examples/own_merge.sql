-- An own merge for `groundline merge --sql`: twenty features, and of several labels of a key the one that most agree on.
-- Inputs: predictions and labels of an hour (those of its label window).
-- Grain: one row per prediction record.
WITH votes AS (
  SELECT l.key, class_text(l.label, 'auto') AS label, count(*) AS votes, max(l.hour) AS label_hour
  FROM labels AS l
  GROUP BY l.key, class_text(l.label, 'auto')
),
chosen AS (
  SELECT v.*, row_number() OVER (PARTITION BY v.key ORDER BY v.votes DESC, v.label_hour DESC, v.label) AS place
  FROM votes AS v
),
featured AS (
  SELECT p.*, coalesce(p.inference_id, p.event_id) AS key, payload_struct(p.input, p.input_encoding,
    'a bigint 0, b double 1, c bigint 2, d double 3, e bigint 4, f bigint 5, g double 6, h bigint 7, i double 8,
     j bigint 9, k bigint 10, l double 11, m bigint 12, n double 13, o bigint 14, p bigint 15, q double 16,
     r bigint 17, s double 18, t bigint 19') AS x
  FROM predictions AS p
)
SELECT
  f.endpoint, f.variant, f.key, f.hour, f.file, f.position, f.record_index, f.inference_time,
  class_number(payload_field(f.output, f.output_encoding, '0')) AS score, c.label, c.votes, c.label_hour,
  f.x['a'] AS a, f.x['b'] AS b, f.x['c'] AS c, f.x['d'] AS d, f.x['e'] AS e, f.x['f'] AS f, f.x['g'] AS g,
  f.x['h'] AS h, f.x['i'] AS i, f.x['j'] AS j, f.x['k'] AS k, f.x['l'] AS l, f.x['m'] AS m, f.x['n'] AS n,
  f.x['o'] AS o, f.x['p'] AS p, f.x['q'] AS q, f.x['r'] AS r, f.x['s'] AS s, f.x['t'] AS t
FROM featured AS f
LEFT JOIN chosen AS c
  ON f.key = c.key AND c.place = 1

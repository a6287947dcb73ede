-- sql/examples/hourly_confusion.sql without its duplicate policy: every label of a key counts, as in a plain join.
WITH scored AS (
  SELECT
    c.hour,
    coalesce(c.inference_id, c.event_id) AS key,
    class_number(payload_field(c.output, c.output_encoding, '0')) >= 0.5 AS positive
  FROM captures AS c
),
labelled AS (
  SELECT
    l.key,
    class_number(l.label) AS label
  FROM labels AS l
)
SELECT
  s.hour,
  count(*) FILTER (WHERE s.positive AND l.label = 1) AS tp,
  count(*) FILTER (WHERE s.positive AND l.label = 0) AS fp,
  count(*) FILTER (WHERE NOT s.positive AND l.label = 0) AS tn,
  count(*) FILTER (WHERE NOT s.positive AND l.label = 1) AS fn
FROM scored AS s
JOIN labelled AS l
  ON s.key = l.key
GROUP BY s.hour
ORDER BY s.hour

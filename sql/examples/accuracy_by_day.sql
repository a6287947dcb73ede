-- Accuracy by day, and how much of the day is labelled yet.
-- Inputs: merged.
-- Grain: one row per model, endpoint, variant and UTC day of predictions.
-- Only rows with a label and a prediction are judged; labelled below predictions says that labels may still come.
SELECT
  m.model,
  m.endpoint,
  m.variant,
  m.date,
  count(*) AS predictions,
  count(m.label) AS labelled,
  avg(CASE WHEN m.prediction = m.label THEN 1.0 ELSE 0.0 END)
    FILTER (WHERE m.label IS NOT NULL AND m.prediction IS NOT NULL) AS accuracy
FROM merged AS m
GROUP BY
  m.model,
  m.endpoint,
  m.variant,
  m.date
ORDER BY
  m.model,
  m.endpoint,
  m.variant,
  m.date

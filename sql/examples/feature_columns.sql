-- Labelled captures with their input as typed columns, for training or drift.
-- Inputs: captures, latest_labels.
-- Grain: one row per capture whose label has a value.
-- The input is a CSV row of twenty numbers, the output a probability, as `groundline synth` makes them.
-- Of the labels of a key the last counts, whenever it was collected: label windows are the merge's.
WITH featured AS (
  SELECT
    coalesce(c.inference_id, c.event_id) AS key,
    c.inference_time,
    class_number(payload_field(c.output, c.output_encoding, '0')) AS probability,
    payload_struct(
      c.input,
      c.input_encoding,
      'feature_0 bigint 0, feature_1 double 1, feature_2 bigint 2, feature_3 double 3, feature_4 bigint 4,
      feature_5 bigint 5, feature_6 double 6, feature_7 bigint 7, feature_8 double 8, feature_9 bigint 9,
      feature_10 bigint 10, feature_11 double 11, feature_12 bigint 12, feature_13 double 13, feature_14 bigint 14,
      feature_15 bigint 15, feature_16 double 16, feature_17 bigint 17, feature_18 double 18, feature_19 bigint 19'
    ) AS features
  FROM captures AS c
),
labelled AS (
  SELECT
    l.key,
    class_text(l.label, 'auto') AS label
  FROM latest_labels AS l
)
SELECT
  f.key,
  f.inference_time,
  f.probability,
  l.label,
  f.features['feature_0'] AS feature_0,
  f.features['feature_1'] AS feature_1,
  f.features['feature_2'] AS feature_2,
  f.features['feature_3'] AS feature_3,
  f.features['feature_4'] AS feature_4,
  f.features['feature_5'] AS feature_5,
  f.features['feature_6'] AS feature_6,
  f.features['feature_7'] AS feature_7,
  f.features['feature_8'] AS feature_8,
  f.features['feature_9'] AS feature_9,
  f.features['feature_10'] AS feature_10,
  f.features['feature_11'] AS feature_11,
  f.features['feature_12'] AS feature_12,
  f.features['feature_13'] AS feature_13,
  f.features['feature_14'] AS feature_14,
  f.features['feature_15'] AS feature_15,
  f.features['feature_16'] AS feature_16,
  f.features['feature_17'] AS feature_17,
  f.features['feature_18'] AS feature_18,
  f.features['feature_19'] AS feature_19
FROM featured AS f
JOIN labelled AS l
  ON f.key = l.key
WHERE l.label IS NOT NULL

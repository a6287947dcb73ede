-- {{row}}.
-- Hours are instants: SET TimeZone = 'UTC' shows them as the folders name them.
CREATE OR REPLACE VIEW {{table}} AS
SELECT
{{columns}}
FROM read_parquet(
  {{files}},
  hive_partitioning = true,
  hive_types = { {{types}} },
  union_by_name = true
);

COMMENT ON VIEW {{table}} IS {{row_text}};
{{comments}}

-- Accounts of runs: one row per bucket of records.
-- Hours are instants: SET TimeZone = 'UTC' shows them as the folders name them.
CREATE OR REPLACE VIEW ledger AS
SELECT
  "side",
  "bucket",
  "count",
  "model",
  "window_from",
  "window_to"
FROM read_parquet(
  'out/ledger/model=*/window_from=*/window_to=*/part-0.parquet',
  hive_partitioning = true,
  hive_types = { 'model': VARCHAR, 'window_from': VARCHAR, 'window_to': VARCHAR },
  union_by_name = true
);

COMMENT ON VIEW ledger IS 'Accounts of runs: one row per bucket of records';
COMMENT ON COLUMN ledger."side" IS 'predictions, labels, observations (rows written) or notes (counts that are in no sum)';
COMMENT ON COLUMN ledger."bucket" IS 'What the records were: the buckets of a side sum up to its bucket read';
COMMENT ON COLUMN ledger."count" IS 'Number of records; of observations, rows';
COMMENT ON COLUMN ledger."model" IS 'Name of the model';
COMMENT ON COLUMN ledger."window_from" IS 'First hour of predictions of the run, UTC, as in 2026-11-01T00';
COMMENT ON COLUMN ledger."window_to" IS 'First hour after the window of the run, UTC, as in 2026-11-02T00';

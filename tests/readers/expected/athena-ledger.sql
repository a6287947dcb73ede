-- Accounts of runs: one row per bucket of records.
-- Then, and after each run: MSCK REPAIR TABLE `ledger`.
CREATE EXTERNAL TABLE IF NOT EXISTS `ledger` (
  `side` string COMMENT 'predictions, labels, observations (rows written) or notes (counts that are in no sum)',
  `bucket` string COMMENT 'What the records were: the buckets of a side sum up to its bucket read',
  `count` bigint COMMENT 'Number of records; of observations, rows'
)
COMMENT 'Accounts of runs: one row per bucket of records'
PARTITIONED BY (
  `model` string COMMENT 'Name of the model',
  `window_from` string COMMENT 'First hour of predictions of the run, UTC, as in 2026-11-01T00',
  `window_to` string COMMENT 'First hour after the window of the run, UTC, as in 2026-11-02T00'
)
STORED AS PARQUET
LOCATION 'out/ledger/';

-- Accounts of runs: one row per bucket of records.
-- Hours are instants: SET TIME ZONE 'UTC' shows them as the folders name them.
CREATE OR REPLACE TEMPORARY VIEW ledger (
  `side` STRING COMMENT 'predictions, labels, observations (rows written) or notes (counts that are in no sum)',
  `bucket` STRING COMMENT 'What the records were: the buckets of a side sum up to its bucket read',
  `count` BIGINT COMMENT 'Number of records; of observations, rows',
  `model` STRING COMMENT 'Name of the model',
  `window_from` STRING COMMENT 'First hour of predictions of the run, UTC, as in 2026-11-01T00',
  `window_to` STRING COMMENT 'First hour after the window of the run, UTC, as in 2026-11-02T00'
)
USING parquet
OPTIONS (path 'out/ledger');

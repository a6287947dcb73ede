# Accounts of runs: one row per bucket of records.
import polars as pl

# In the files.
columns = {
    "side": pl.String,  # predictions, labels, observations (rows written) or notes (counts that are in no sum)
    "bucket": pl.String,  # What the records were: the buckets of a side sum up to its bucket read
    "count": pl.Int64,  # Number of records; of observations, rows
}

# In the paths.
partitions = {
    "model": pl.String,  # Name of the model
    "window_from": pl.String,  # First hour of predictions of the run, UTC, as in 2026-11-01T00
    "window_to": pl.String,  # First hour after the window of the run, UTC, as in 2026-11-02T00
}

# A file that lacks a column, because it was written before the column was asked for, has nulls there.
ledger = pl.scan_parquet(
    "out/ledger/model=*/window_from=*/window_to=*/part-0.parquet",
    schema=columns,
    hive_partitioning=True,
    hive_schema=partitions,
    missing_columns="insert",
    extra_columns="ignore",
)

# Accounts of runs: one row per bucket of records.
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

# In the files.
columns = [
    pa.field("side", pa.string(), metadata={"comment": "predictions, labels, observations (rows written) or notes (counts that are in no sum)"}),
    pa.field("bucket", pa.string(), metadata={"comment": "What the records were: the buckets of a side sum up to its bucket read"}),
    pa.field("count", pa.int64(), metadata={"comment": "Number of records; of observations, rows"}),
]

# In the paths.
partitions = [
    pa.field("model", pa.string(), metadata={"comment": "Name of the model"}),
    pa.field("window_from", pa.string(), metadata={"comment": "First hour of predictions of the run, UTC, as in 2026-11-01T00"}),
    pa.field("window_to", pa.string(), metadata={"comment": "First hour after the window of the run, UTC, as in 2026-11-02T00"}),
]

# Everything at once: `columns=[…]` and `filters=[…]` read less, and filters on partitions whole files less.
# A file that lacks a column, because it was written before the column was asked for, has nulls there.
ledger = pd.read_parquet(
    "out/ledger",
    engine="pyarrow",
    dtype_backend="pyarrow",
    schema=pa.schema(columns + partitions),
    partitioning=ds.partitioning(pa.schema(partitions), flavor="hive"),
    filters=None,
)

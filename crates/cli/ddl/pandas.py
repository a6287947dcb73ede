# {{row}}.
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

# In the files.
columns = [
{{columns}}
]

# In the paths.
partitions = [
{{partitions}}
]

# Everything at once: `columns=[…]` and `filters=[…]` read less, and filters on partitions whole files less.
# A file that lacks a column, because it was written before the column was asked for, has nulls there.
{{table}} = pd.read_parquet(
    {{folder}},
    engine="pyarrow",
    dtype_backend="pyarrow",
    schema=pa.schema(columns + partitions),
    partitioning=ds.partitioning(pa.schema(partitions), flavor="hive"),
    filters={{filters}},
)

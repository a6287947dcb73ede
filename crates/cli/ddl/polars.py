# {{row}}.
import polars as pl

# In the files.
columns = {
{{columns}}
}

# In the paths.
partitions = {
{{partitions}}
}

# A file that lacks a column, because it was written before the column was asked for, has nulls there.
{{table}} = pl.scan_parquet(
    {{files}},
    schema=columns,
    hive_partitioning=True,
    hive_schema=partitions,
    missing_columns="insert",
    extra_columns="ignore",
)

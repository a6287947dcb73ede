//! Session, tables, scans, the SQL catalog, merge runs and Parquet output.

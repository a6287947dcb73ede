//! Bytes that people and systems read of model quality: statistics, constraints and violations as SageMaker writes them
//! (formats.md 6, 7). No network, no files.

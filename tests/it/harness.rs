//! Runs the binary in a scratch folder and reads what it wrote.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use arrow::array::Array;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// How one run of the binary ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Panics with the messages unless the run ended with `status`.
    #[track_caller]
    pub(crate) fn expect_status(self, status: i32) -> Self {
        assert_eq!(
            self.status, status,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// The result of `--output json`.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).expect("stdout is JSON")
    }
}

/// A row of a Parquet file: column to text, null as `None`. Timestamps as `2026-11-01T00:00:00Z`.
pub(crate) type Row = BTreeMap<String, Option<String>>;

/// A folder that goes with the test.
#[derive(Debug)]
pub(crate) struct Scratch(TempDir);

impl Scratch {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    /// Writes a file and the folders above it.
    pub(crate) fn write(&self, below: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    /// Runs `groundline ARGS` here, without the caller's `GROUNDLINE_*`.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        self.run_with(args, &[])
    }

    /// The same with environment variables.
    pub(crate) fn run_with(&self, args: &[&str], environment: &[(&str, &str)]) -> Run {
        run_in(self.0.path(), args, environment)
    }

    /// Rows of every Parquet file below a folder, in order of path, with the `key=value` parts of the path.
    pub(crate) fn rows(&self, below: &str) -> Vec<Row> {
        parquet_files(&self.path(below))
            .iter()
            .flat_map(|file| read_rows(file))
            .collect()
    }

    /// sha256 of every file below a folder, by path.
    pub(crate) fn hashes(&self, below: &str) -> BTreeMap<String, String> {
        let base = self.path(below);
        files(&base)
            .into_iter()
            .map(|file| {
                let name = file
                    .strip_prefix(&base)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                (
                    name,
                    format!("{:x}", Sha256::digest(fs::read(&file).unwrap())),
                )
            })
            .collect()
    }
}

/// Runs the binary in `folder`.
pub(crate) fn run_in(folder: &Path, args: &[&str], environment: &[(&str, &str)]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_groundline"));
    command
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .env("NO_COLOR", "1");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("GROUNDLINE_")) {
        command.env_remove(name);
    }
    let output = command.envs(environment.iter().copied()).output().unwrap();
    Run {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Every file below a folder, sorted; none if the folder is absent.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return found;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn parquet_files(folder: &Path) -> Vec<PathBuf> {
    files(folder)
        .into_iter()
        .filter(|f| f.extension().is_some_and(|e| e == "parquet"))
        .collect()
}

/// Rows of one Parquet file.
pub(crate) fn read_rows(file: &Path) -> Vec<Row> {
    let options = FormatOptions::default()
        .with_timestamp_tz_format(Some("%Y-%m-%dT%H:%M:%S%.fZ"))
        .with_display_error(true);
    let partitions: Vec<(String, String)> = file
        .iter()
        .filter_map(|part| part.to_str()?.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(file).unwrap())
        .unwrap()
        .build()
        .unwrap();
    let mut rows = Vec::new();
    for batch in reader {
        let batch = batch.unwrap();
        for row in 0..batch.num_rows() {
            let mut found: Row = partitions
                .iter()
                .map(|(k, v)| (k.clone(), Some(v.clone())))
                .collect();
            for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
                let text = column.is_valid(row).then(|| {
                    ArrayFormatter::try_new(column, &options)
                        .unwrap()
                        .value(row)
                        .to_string()
                });
                found.insert(field.name().clone(), text);
            }
            rows.push(found);
        }
    }
    rows
}

/// One endpoint capture line with CSV payloads.
pub(crate) fn capture(
    event_id: &str,
    inference_id: Option<&str>,
    time: &str,
    output: &str,
) -> String {
    let inference = inference_id
        .map(|id| format!(r#""inferenceId":"{id}","#))
        .unwrap_or_default();
    let output = serde_json::Value::from(output);
    format!(
        r#"{{"captureData":{{"endpointInput":{{"observedContentType":"text/csv","mode":"INPUT","data":"1,2","encoding":"CSV"}},"endpointOutput":{{"observedContentType":"text/csv","mode":"OUTPUT","data":{output},"encoding":"CSV"}}}},"eventMetadata":{{"eventId":"{event_id}",{inference}"inferenceTime":"{time}"}},"eventVersion":"0"}}"#
    ) + "\n"
}

/// One label line with a CSV label.
pub(crate) fn label(key: &str, value: &str) -> String {
    let value = serde_json::Value::from(value);
    format!(
        r#"{{"groundTruthData":{{"data":{value},"encoding":"CSV"}},"eventMetadata":{{"eventId":"{key}"}},"eventVersion":"0"}}"#
    ) + "\n"
}

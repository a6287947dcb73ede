//! One merge with every plan, and its report as tables.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use serde_json::Value;

use crate::session::Failure;

/// Where the plans write.
pub(crate) const FAST: &str = "out-fast";
const OTHERS: [(&str, &str); 2] = [("spilled", "out-spilled"), ("reference", "out-reference")];

/// Merges with every plan.
///
/// # Errors
/// A status other than 0, or plans that differ.
pub(crate) fn merge(folder: &Path, flags: &[String]) -> Result<(), Failure> {
    let (status, report, messages) = run(folder, flags, "fast", FAST);
    for (plan, out) in OTHERS {
        let (other_status, other_report, other_messages) = run(folder, flags, plan, out);
        let said = |text: &str| text.replace(out, FAST);
        if status != other_status {
            return Err(Failure(format!(
                "PLANS DIFFER: status {status} and {other_status} ({plan})\n{messages}\n{other_messages}"
            )));
        }
        if said(&report) != said(&other_report) || said(&messages) != said(&other_messages) {
            return Err(Failure(format!(
                "PLANS DIFFER in what they say ({plan})\n{report}{messages}\n{other_report}{other_messages}"
            )));
        }
        let (left, right) = (contents(&folder.join(FAST)), contents(&folder.join(out)));
        if left != right {
            let differing: Vec<_> = left
                .keys()
                .chain(right.keys())
                .filter(|k| left.get(*k) != right.get(*k))
                .collect();
            return Err(Failure(format!("PLANS DIFFER ({plan}) in {differing:?}")));
        }
    }
    write_tables(folder, &serde_json::from_str(&report).unwrap_or_default());
    match status {
        0 => Ok(()),
        status => Err(Failure(format!("status {status}\n{messages}"))),
    }
}

fn run(folder: &Path, flags: &[String], plan: &str, out: &str) -> (i32, String, String) {
    let _ = fs::remove_dir_all(folder.join(out));
    let given = |names: &[&str]| flags.iter().any(|flag| names.contains(&flag.as_str()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_groundline"));
    command
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .arg("merge")
        .args(flags);
    if !given(&["--captures", "--transforms", "--config"]) {
        if folder.join("captures").is_dir() {
            command.args(["--captures", "captures"]);
        } else {
            command.args(["--transforms", "transforms"]);
        }
    }
    if !given(&["--labels", "--config"]) {
        command.args(["--labels", "labels"]);
    }
    if !given(&["--from", "--all"]) {
        command.arg("--all");
    }
    if !given(&["--as-of"]) {
        command.args(["--as-of", "2027-01-01T00"]);
    }
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("GROUNDLINE_")) {
        command.env_remove(name);
    }
    let output = command
        .args(["--output", "json", "--plan", plan, "--out", out])
        .output()
        .unwrap();
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// Every file below a folder, by its path.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        let Ok(entries) = fs::read_dir(next) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path).unwrap();
                found.insert(path.strip_prefix(folder).unwrap().to_path_buf(), bytes);
            }
        }
    }
    found
}

/// The report as `warnings`, `notes` and `hours`.
fn write_tables(folder: &Path, report: &Value) {
    let none = Vec::new();
    let list = |value: &Value| value.as_array().unwrap_or(&none).clone();
    let (mut warnings, mut notes, mut hours) = (Vec::new(), Vec::new(), Vec::new());
    for model in list(&report["models"]) {
        let name = text(&model["model"]);
        for warning in list(&model["warnings"]) {
            warnings.push(vec![name.clone(), text(&warning)]);
        }
        for (note, count) in model["ledger"]["notes"].as_object().into_iter().flatten() {
            notes.push(vec![name.clone(), Some(note.clone()), text(count)]);
        }
        for hour in list(&model["hours"]) {
            let cells =
                ["endpoint", "variant", "hour", "rows", "file", "failure"].map(|c| text(&hour[c]));
            hours.push([vec![name.clone()], cells.to_vec()].concat());
        }
    }
    let tables: [(&str, &[&str], _); 3] = [
        ("warnings", &["model", "warning"], warnings),
        ("notes", &["model", "note", "count"], notes),
        (
            "hours",
            &[
                "model", "endpoint", "variant", "hour", "rows", "file", "failure",
            ],
            hours,
        ),
    ];
    for (name, columns, rows) in tables {
        write_table(&table_path(folder, name), columns, &rows);
    }
}

/// Names of the tables of the report.
pub(crate) const REPORT_TABLES: [&str; 3] = ["warnings", "notes", "hours"];

/// Where a table of the report is.
pub(crate) fn table_path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.parquet"))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn write_table(path: &Path, columns: &[&str], rows: &[Vec<Option<String>>]) {
    let arrays = columns.iter().enumerate().map(|(index, name)| {
        let cells: StringArray = rows.iter().map(|row| row[index].clone()).collect();
        (*name, Arc::new(cells) as ArrayRef, true)
    });
    let batch = RecordBatch::try_from_iter_with_nullable(arrays).unwrap();
    let mut writer =
        ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

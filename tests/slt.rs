//! Runs `tests/slt/**/*.slt`: each rule of the merge (design.md) as files, a run and SQL over what it left.
//!
//! Beside SQL the dialect has these statements; paths are below the scratch folder of the `.slt` file:
//!
//! | statement | does |
//! |---|---|
//! | `FILE path`, then lines | writes the lines as they stand |
//! | `CAPTURES endpoint/variant/yyyy/mm/dd/hh/name`, then `event inference output` a line | writes capture records below `captures/` |
//! | `LABELS yyyy/mm/dd/hh/name`, then `key label` a line | writes label records below `labels/` |
//! | `CLEAR` | removes every file |
//! | `MERGE flags` | merges with both plans, which must agree in status and in every byte of OUT |
//!
//! In the two shorthands `-` is no id, `none` no payload, `null` and `empty` a label without a value; `JSON` or
//! `BASE64` before a payload is its encoding (BASE64 wraps the text that follows), CSV is the default; `\n` is a
//! line end and `\s` a blank.
//!
//! `MERGE` adds what is missing of `--captures captures` (or `--transforms transforms`), `--labels labels`,
//! `--all` and `--as-of 2027-01-01T00`. A status other than 0 is an error, whose text is `status N` and stderr.
//! SQL sees `captures`, `transforms`, `predictions`, `labels`, `merged`, `rejects`, `ledger`,
//! `unmatched_labels`, and of the last run's report `warnings`, `notes` and `hours`.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

#[path = "slt/dialect.rs"]
mod dialect;
#[path = "slt/run.rs"]
mod run;
#[path = "slt/session.rs"]
mod session;

use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use sqllogictest::Runner;

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slt");
    let trials = slt_files(&folder)
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&folder).unwrap().display().to_string();
            Trial::test(name, move || check(&path))
        })
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn check(file: &Path) -> Result<(), Failed> {
    let mut runner = Runner::new(|| async { session::Database::new() });
    Ok(runner.run_file(file)?)
}

fn slt_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(slt_files(&path));
        } else if path.extension().is_some_and(|e| e == "slt") {
            found.push(path);
        }
    }
    found.sort();
    found
}

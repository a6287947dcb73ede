//! `container merge` and `container analyze`, in trees as SageMaker's jobs have them.

mod analyze;
mod kinds;
mod merge;
mod page;
mod refused;
mod samples;
mod tables;

use crate::harness::{Run, Scratch};

/// `groundline container JOB` with some variables; `opt` stands for /opt/ml.
fn run(scratch: &Scratch, job: &str, variables: &[(&str, &str)]) -> Run {
    scratch.run_with(&["container", job, "--opt-ml", "opt"], variables)
}

/// The exit message, or nothing where none was written.
fn message(scratch: &Scratch) -> Option<String> {
    std::fs::read_to_string(scratch.path("opt/output/message")).ok()
}

/// Files below a folder of the scratch, by path below it.
fn tree(scratch: &Scratch, folder: &str) -> Vec<String> {
    scratch.hashes(folder).into_keys().collect()
}

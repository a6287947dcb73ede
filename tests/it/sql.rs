//! `groundline sql`: statements, results, files in and out, shipped statements and their replacements.

mod results;
mod shipped;
mod statements;
mod tables;

use crate::harness::{Scratch, capture, label};

/// Two captures and one label.
fn small() -> Scratch {
    let scratch = Scratch::new();
    let lines = capture("e-1", None, "2026-11-01T06:00:00Z", "0.9")
        + &capture("e-2", None, "2026-11-01T06:00:01Z", "0.2");
    scratch.write("captures/shop/AllTraffic/2026/11/01/06/a.jsonl", lines);
    scratch.write("labels/2026/11/01/06/a.jsonl", label("e-1", "1"));
    scratch
}

/// Flags of a merge of [`small`].
const MERGE: [&str; 11] = [
    "merge",
    "--captures",
    "captures",
    "--labels",
    "labels",
    "--all",
    "--as-of",
    "2026-11-02T00",
    "--probability-attribute",
    "0",
    "--out",
];

//! Several backfills of one output at once: whatever they do to each other, the next one leaves what one alone leaves.

use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

use groundline_synth::{Hour, Options, generate};

use crate::harness::{Scratch, files};

use super::{done, start, untouched};

const ROUNDS: u64 = 4;

/// Eight hours in `corpus`; every third label file lies in `held`.
fn corpus(seed: u64) -> Scratch {
    let scratch = Scratch::new();
    let options = Options {
        records: 240,
        hours: 8,
        files_per_hour: 2,
        seed,
        late: 0.3,
        duplicates: 0.2,
        malformed: 0.01,
        payload_columns: 2,
        start: "2025-11-01T00".parse::<Hour>().unwrap(),
        ..Options::default()
    };
    generate(&scratch.path("corpus"), &options).unwrap();
    let labels = files(&scratch.path("corpus/labels")).into_iter();
    for file in labels.skip(1).step_by(3) {
        move_file(&file, &held(&scratch, &file));
    }
    scratch
}

fn held(scratch: &Scratch, label_file: &std::path::Path) -> PathBuf {
    let below = label_file.strip_prefix(scratch.path("corpus/labels"));
    scratch.path("held").join(below.unwrap())
}

fn move_file(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::rename(from, to).unwrap();
}

const FLAGS: [&str; 12] = [
    "--config",
    "corpus/groundline.toml",
    "--from",
    "2025-11-01T00",
    "--to",
    "2025-11-01T08",
    "--as-of",
    "2025-12-01T00",
    "--max-rejects",
    "100%",
    "--output",
    "json",
];

fn args<'a>(out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["backfill", "--out", out][..], &FLAGS, more].concat()
}

/// `out` is what one run leaves, and another finds nothing to do.
fn expect_converged(scratch: &Scratch, round: u64) {
    scratch.run(&args("fresh", &[])).expect_status(0);
    let gc = ["gc", "--out", "out", "--older-than", "PT0H", "--yes"];
    scratch.run(&gc).expect_status(0);
    assert_eq!(
        scratch.hashes("out"),
        scratch.hashes("fresh"),
        "round {round}"
    );
    let before = untouched(scratch, "out");
    let report = scratch.run(&args("out", &[])).expect_status(0).json();
    assert!(done(&report).is_empty(), "round {round}: {report}");
    assert_eq!(report["models"][0]["untouched"], 8);
    assert_eq!(untouched(scratch, "out"), before, "round {round}");
}

#[test]
fn after_backfills_at_once_the_next_leaves_what_one_alone_leaves() {
    for round in 0..ROUNDS {
        let scratch = corpus(round);
        // Every other round begins with hours that are done, so that labels are written into them.
        if round % 2 == 1 {
            scratch.run(&args("out", &[])).expect_status(0);
        }
        let held = files(&scratch.path("held"));
        let mut runs = Vec::new();
        for (number, late) in held.chunks(held.len().div_ceil(3)).enumerate() {
            runs.push(start(&scratch, &args("out", &[])));
            sleep(Duration::from_millis(15 * (round + number as u64)));
            for file in late {
                let below = file.strip_prefix(scratch.path("held")).unwrap();
                move_file(file, &scratch.path("corpus/labels").join(below));
            }
        }
        assert_eq!(runs.len(), 3);
        for run in runs {
            let ended = run.wait_with_output().unwrap();
            // An hour that another has written over is said to have failed.
            let said = String::from_utf8_lossy(&ended.stderr);
            assert!(
                matches!(ended.status.code(), Some(0 | 4)),
                "{round}: {said}"
            );
            assert!(!said.contains("panicked"), "{said}");
        }
        scratch.run(&args("out", &[])).expect_status(0);
        expect_converged(&scratch, round);
    }
}

#[test]
fn four_parts_at_once_of_which_one_is_killed_and_repeated_are_one_run() {
    for round in 0..ROUNDS {
        let scratch = corpus(100 + round);
        let shards = ["1/4", "2/4", "3/4", "4/4"];
        let mut runs: Vec<_> = shards
            .iter()
            .map(|shard| start(&scratch, &args("out", &["--shard", shard])))
            .collect();
        sleep(Duration::from_millis(40 * round));
        let killed = usize::try_from(round % 4).unwrap();
        // It may have ended by then, and is repeated all the same.
        runs[killed].kill().unwrap();
        for (number, run) in runs.into_iter().enumerate() {
            let ended = run.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&ended.stderr);
            assert!(
                number == killed || ended.status.success(),
                "{round}: {said}"
            );
        }
        let again = args("out", &["--shard", shards[killed]]);
        scratch.run(&again).expect_status(0);
        expect_converged(&scratch, round);
    }
}

//! Nothing but the rows changes a metric: not the threads, the batches or the memory.

use std::fs;

use crate::harness::Scratch;
use crate::quality::{BINARY, HEALTHY, of_drifting, run, with_table};

#[test]
fn threads_batches_and_memory_change_no_byte() {
    let scratch = with_table();
    let mut seen = Vec::new();
    for (threads, batch, memory) in [
        ("1", "8192", "60%"),
        ("2", "7", "256MB"),
        ("5", "100", "1GB"),
    ] {
        let mut args = vec!["quality", "t.parquet", "--by", "plan", "--every", "day"];
        args.extend(["--as-of", "2026-06-01", "--out", "out"]);
        args.extend([
            "--threads",
            threads,
            "--batch-size",
            batch,
            "--memory-limit",
            memory,
        ]);
        args.extend(BINARY);
        scratch.run(&args).expect_status(0);
        let window = "window_from=2026-05-01T00/window_to=2026-05-02T05";
        let key = format!("out/metrics/model=default/{window}/every=day/by=plan/part-0.parquet");
        seen.push(fs::read(scratch.path(&key)).unwrap());
    }
    assert!(seen.iter().all(|bytes| bytes == &seen[0]));
}

/// So large that it is read in parts: a row is in the same part each time, or its samples would change.
#[test]
fn a_table_that_is_read_in_parts_has_the_same_deviations_each_time() {
    let scratch = Scratch::new();
    let rows = "SELECT (value * 7919 % 2200013) / 2200013.0 AS p, value * 104729 % 7 % 2 AS y \
                FROM generate_series(1, 2200000)";
    let args = ["sql", "-c", rows, "--out", "t.parquet"];
    scratch.run(&args).expect_status(0);
    let bytes = fs::metadata(scratch.path("t.parquet")).unwrap().len();
    assert!(
        bytes > 10 << 20,
        "DataFusion reads {bytes} bytes as one part"
    );
    let measured = |threads: &str| {
        let args = ["quality", "t.parquet", "--probability-attribute", "p"];
        let more = [
            "--ground-truth-attribute",
            "y",
            "--output",
            "csv",
            "--threads",
            threads,
        ];
        let args: Vec<&str> = args.into_iter().chain(more).collect();
        scratch.run(&args).expect_status(0).stdout
    };
    let first = measured("3");
    assert_eq!(measured("1"), first);
    assert_eq!(measured("3"), first);
}

/// Hour files are read side by side, and their samples drawn by key.
#[test]
fn merged_hours_have_the_same_deviations_whatever_the_threads() {
    let scratch = Scratch::new();
    run(&scratch, &["merge"], &of_drifting(HEALTHY, "out")).expect_status(0);
    let measured = |threads: &str, batch: &str| {
        let args = [
            "quality",
            "--in",
            "out",
            "--output",
            "csv",
            "--threads",
            threads,
            "--batch-size",
            batch,
        ];
        scratch.run(&args).expect_status(0).stdout
    };
    assert_eq!(measured("1", "8192"), measured("4", "13"));
}

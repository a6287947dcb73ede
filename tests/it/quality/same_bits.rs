//! Nothing but the rows changes a metric: not the threads, the batches or the memory.

use std::fs;

use crate::harness::Scratch;
use crate::quality::{BINARY, HEALTHY, of_drifting, run, table};

#[test]
fn threads_batches_and_memory_change_no_byte() {
    let scratch = Scratch::new();
    scratch.write("t.csv", table());
    let args = [
        "sql",
        "t.csv",
        "-c",
        "SELECT * FROM t",
        "--out",
        "t.parquet",
    ];
    scratch.run(&args).expect_status(0);
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

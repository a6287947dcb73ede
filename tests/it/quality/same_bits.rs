//! Nothing but the rows changes a metric: not the threads, the batches or the memory.

use std::fs;

use crate::harness::Scratch;
use crate::quality::{BINARY, table};

#[test]
fn threads_batches_and_memory_change_no_byte() {
    let scratch = Scratch::new();
    scratch.write("t.csv", table());
    let query = "COPY (SELECT *, concat('id-', row_number() over (order by probability, plan, hour)) AS key FROM t) TO 't.parquet'";
    scratch
        .run(&["sql", "--table", "t=t.csv", query])
        .expect_status(0);
    let mut seen = Vec::new();
    for (threads, batch, file) in [
        ("1", "8192", "t.parquet"),
        ("2", "7", "t.parquet"),
        ("5", "100", "t.parquet"),
        ("3", "8192", "shuffled.parquet"),
    ] {
        if file != "t.parquet" {
            let shuffled = "COPY (SELECT * FROM t ORDER BY md5(key)) TO 'shuffled.parquet'";
            let sorted = shuffled.replace("md5(key)", "reverse(key)");
            scratch
                .run(&["sql", "--table", "t=t.parquet", &sorted])
                .expect_status(0);
        }
        let mut args = vec![
            "quality",
            file,
            "--by",
            "plan",
            "--every",
            "day",
            "--as-of",
            "2026-06-01",
            "--out",
            "out",
            "--threads",
            threads,
            "--batch-size",
            batch,
        ];
        args.extend(BINARY);
        scratch.run(&args).expect_status(0);
        let key = "out/metrics/model=default/window_from=2026-05-01T00/window_to=2026-05-02T05/every=day/by=plan/part-0.parquet";
        seen.push(fs::read(scratch.path(key)).unwrap());
    }
    assert!(seen.iter().all(|bytes| bytes == &seen[0]));
}

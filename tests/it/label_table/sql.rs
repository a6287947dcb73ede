//! The labels of a table in SQL.

use super::{BAD, config};
use crate::harness::{Scratch, capture};

#[test]
fn sql_has_the_labels_of_a_table_too() {
    let scratch = Scratch::new();
    scratch.write("warehouse/bad.csv", BAD);
    let config = config(&scratch, "warehouse/*.csv");
    let query = |sql: &str| {
        let args = ["sql", "--config", &config, "-c", sql, "--output", "csv"];
        scratch.write(
            "captures/endpoint/AllTraffic/2026/11/01/00/a.jsonl",
            capture("x", None, "2026-11-01T00:00:00Z", "1"),
        );
        scratch.run(&args).expect_status(0)
    };
    let run = query(
        "select hour, key, label, label_encoding, file, position from labels order by position",
    );
    assert_eq!(
        run.stdout,
        "hour,key,label,label_encoding,file,position\n\
         2026-11-01T02:00:00Z,e-0,1,CSV,bad.csv,0\n\
         2026-11-01T02:00:00Z,e-6,0,CSV,bad.csv,5\n"
    );
    assert!(run.stderr.contains("5 records rejected"), "{}", run.stderr);
    assert!(
        run.stderr.contains("bad.csv at row 2: the id is null"),
        "{}",
        run.stderr
    );
    let run = query("select count(*) as n from latest_labels where hour >= '2026-11-01T03:00:00Z'");
    assert_eq!(run.stdout, "n\n0\n");
}

//! Rows that are no labels.

use super::{BAD, MERGE, captures, config, merged};
use crate::harness::{Row, Scratch};

#[test]
fn rows_that_are_no_labels_are_rejects_with_file_and_row() {
    let scratch = Scratch::new();
    captures(&scratch, 1);
    scratch.write("warehouse/bad.csv", BAD);
    let config = config(&scratch, "warehouse/*.csv");
    for plan in ["fast", "spilled", "reference"] {
        let mut args = MERGE.to_vec();
        args.extend(["--out", "out", "--config", &config, "--plan", plan]);
        let refused = scratch.run(&args).expect_status(1);
        assert!(
            refused.stderr.contains(
                "5 of 7 label records were rejected, more than --max-rejects 0 accepts; \
                 the first: bad.csv:2: no_id: the id is null"
            ),
            "{}",
            refused.stderr
        );
        let (_, places) = merged(
            &scratch,
            &["--config", &config, "--plan", plan, "--max-rejects", "5"],
        );
        assert_eq!(places, ["bad.csv", "bad.csv"]);
        let rejects: Vec<_> = scratch
            .rows("out/rejects")
            .iter()
            .map(|row| {
                let of = |name: &str| row[name].clone().unwrap_or_default();
                format!(
                    "{} {} {} {} {}",
                    of("position"),
                    of("line"),
                    of("hh"),
                    of("reason"),
                    of("detail")
                )
            })
            .collect();
        let null = "__HIVE_DEFAULT_PARTITION__";
        assert_eq!(
            rejects,
            [
                "1 2 02 no_id the id is null".to_owned(),
                format!("2 3 {null} bad_time collected_at is null"),
                format!("3 4 {null} bad_time collected_at is no time: `1793491200`"),
                format!("4 5 {null} bad_csv 2 fields where the header has 3"),
                format!("6 7 {null} bad_csv a quoted field does not close"),
            ]
        );
        // What was mended leaves no reject behind.
        scratch.write(
            "warehouse/bad.csv",
            "order_id,churned,labelled_at\ne-0,1,2026-11-01T02:00:00Z\n",
        );
        let mut args = MERGE.to_vec();
        args.extend(["--out", "out", "--config", &config, "--plan", plan]);
        scratch.run(&args).expect_status(0);
        assert_eq!(scratch.rows("out/rejects"), Vec::<Row>::new());
        scratch.write("warehouse/bad.csv", BAD);
    }
}

#[test]
fn lines_of_json_that_are_no_rows_are_rejects() {
    let scratch = Scratch::new();
    captures(&scratch, 1);
    let time = "2026-11-01T02:00:00Z";
    let lines = format!(
        "{{\"order_id\":\"e-0\",\"churned\":1.0,\"labelled_at\":\"{time}\"}}\n\n\
         {{\"order_id\":\n[1]\n\
         {{\"order_id\":\"e-3\",\"churned\":[1, 0],\"labelled_at\":\"{time}\"}}\n"
    );
    scratch.write("warehouse/a.ndjson", lines);
    let config = config(&scratch, "warehouse/*.ndjson");
    let (rows, _) = merged(&scratch, &["--config", &config, "--max-rejects", "2"]);
    let rejects: Vec<_> = scratch
        .rows("out/rejects")
        .iter()
        .map(|row| (row["line"].clone().unwrap(), row["reason"].clone().unwrap()))
        .collect();
    let pair = |line: &str, reason: &str| (line.to_owned(), reason.to_owned());
    assert_eq!(rejects, [pair("2", "truncated"), pair("3", "wrong_type")]);
    let label = |key: &str| {
        let row = rows
            .iter()
            .find(|row| row.get("key") == Some(&Some(key.to_owned())));
        row.unwrap()["label"].clone()
    };
    assert_eq!(label("e-0").as_deref(), Some("1"));
    // Two values are the one text of an event of one record.
    assert_eq!(label("e-3").as_deref(), Some("[1, 0]"));
}

//! `merge --sql`: hour files by a statement of the user's own.

use std::collections::BTreeMap;

use crate::harness::{Scratch, label};

/// The shipped example.
const OWN_MERGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/sql/examples/own_merge.sql");

/// Lines of a capture file: key, input, output.
fn capture(scratch: &Scratch, path: &str, lines: &[(&str, &str)]) {
    let input: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    let text: String = lines
        .iter()
        .map(|(key, output)| {
            format!(
                "{{\"captureData\":{{\"endpointInput\":{{\"data\":\"{}\",\"encoding\":\"CSV\"}},\
                 \"endpointOutput\":{{\"data\":\"{output}\",\"encoding\":\"CSV\"}}}},\
                 \"eventMetadata\":{{\"eventId\":\"e-{key}\",\"inferenceId\":\"{key}\"}}}}\n",
                input.join(",")
            )
        })
        .collect();
    scratch.write(&format!("captures/{path}"), text);
}

fn labels(scratch: &Scratch, path: &str, lines: &[(&str, &str)]) {
    let text: String = lines.iter().map(|(key, value)| label(key, value)).collect();
    scratch.write(&format!("labels/{path}"), text);
}

/// Two endpoints, two hours; `a` has three labels, two of which agree.
fn small() -> Scratch {
    let scratch = Scratch::new();
    capture(
        &scratch,
        "one/v/2026/11/01/06/a.jsonl",
        &[("a", "0.9"), ("b", "0.2")],
    );
    capture(&scratch, "one/v/2026/11/01/07/a.jsonl", &[("c", "0.7")]);
    capture(&scratch, "two/v/2026/11/01/06/a.jsonl", &[("a", "0.4")]);
    labels(
        &scratch,
        "2026/11/01/06/a.jsonl",
        &[("a", "1"), ("a", "1.0"), ("b", "0")],
    );
    labels(&scratch, "2026/11/01/08/a.jsonl", &[("a", "0"), ("c", "1")]);
    scratch
}

const MERGE: [&str; 7] = [
    "merge",
    "--captures=captures",
    "--labels=labels",
    "--all",
    "--as-of=2026-11-02T00",
    "--output=json",
    "--out",
];

#[test]
fn thirty_lines_with_twenty_features_and_an_own_duplicate_rule_become_hour_files_with_receipts() {
    let scratch = small();
    let run = scratch.run(&[&MERGE[..], &["out", "--sql", OWN_MERGE]].concat());
    let report: serde_json::Value = serde_json::from_str(&run.expect_status(0).stdout).unwrap();
    let ledger = &report["models"][0]["ledger"];
    assert_eq!(ledger["predictions"]["read"], 4);
    assert_eq!(ledger["predictions"]["queried"], 4);
    assert_eq!(ledger["labels"]["queried"], 5);
    assert_eq!(ledger["observations"], 4);
    let rows = scratch.rows("out/merged");
    let told: BTreeMap<String, String> = rows
        .iter()
        .map(|row| {
            let text = |column: &str| row[column].clone().unwrap_or_default();
            let place = format!("{}/{}", text("endpoint"), text("key"));
            let told = ["label", "votes", "a", "t"].map(text).join(" ");
            (place, told)
        })
        .collect();
    let expected = [
        ("one/a", "1 2 0 19"),
        ("one/b", "0 1 0 19"),
        ("one/c", "1 1 0 19"),
        ("two/a", "1 2 0 19"),
    ];
    let expected = expected.map(|(place, row)| (place.to_owned(), row.to_owned()));
    assert_eq!(told, BTreeMap::from(expected));
    let receipts = scratch.hashes("out/_groundline/receipts");
    assert_eq!(receipts.len(), 3, "{receipts:?}");
}

#[test]
fn the_bytes_do_not_depend_on_threads_batches_memory_or_how_the_window_was_cut() {
    let scratch = small();
    let merge = |out: &str, more: &[&str]| {
        let args = [&MERGE[..], &[out, "--sql", OWN_MERGE], more].concat();
        scratch.run(&args).expect_status(0);
    };
    merge("whole", &[]);
    merge(
        "narrow",
        &["--threads=1", "--batch-size=1", "--memory-limit=256MB"],
    );
    assert_eq!(
        scratch.hashes("whole/merged"),
        scratch.hashes("narrow/merged")
    );
    for (from, to) in [
        ("2026-11-01T06", "2026-11-01T07"),
        ("2026-11-01T07", "2026-11-01T08"),
    ] {
        let args: Vec<&str> = MERGE.into_iter().filter(|arg| *arg != "--all").collect();
        let window = [
            &args[..],
            &["cut", "--sql", OWN_MERGE, "--from", from, "--to", to],
        ]
        .concat();
        scratch.run(&window).expect_status(0);
    }
    assert_eq!(scratch.hashes("whole/merged"), scratch.hashes("cut/merged"));
}

#[test]
fn an_hour_sees_the_labels_of_its_label_window() {
    let scratch = small();
    scratch.write(
        "count.sql",
        "SELECT p.endpoint, p.variant, p.inference_id AS key, p.hour, p.file, p.position, p.record_index, \
         (SELECT count(*) FROM labels) AS seen FROM predictions p",
    );
    let args = [
        &MERGE[..],
        &[
            "out",
            "--sql=count.sql",
            "--label-lead=PT0H",
            "--label-horizon=PT2H",
        ],
    ]
    .concat();
    scratch.run(&args).expect_status(0);
    let seen: BTreeMap<String, String> = scratch
        .rows("out/merged")
        .iter()
        .map(|row| (row["key"].clone().unwrap(), row["seen"].clone().unwrap()))
        .collect();
    // The hour of six sees the labels of six and seven, the hour of seven those of seven and eight.
    assert_eq!(seen["b"], "3");
    assert_eq!(seen["c"], "2");
}

#[test]
fn a_statement_that_stops_in_an_hour_fails_that_hour_and_the_others_go_on() {
    let scratch = small();
    scratch.write(
        "my.sql",
        "SELECT endpoint, variant, event_id AS key, hour, file, position, record_index, \
         CAST(CASE WHEN event_id = 'e-c' THEN 'x' ELSE '1' END AS BIGINT) AS n FROM predictions",
    );
    let run = scratch.run(&[&MERGE[..], &["out", "--sql=my.sql"]].concat());
    let run = run.expect_status(4);
    assert!(
        run.stderr
            .contains("hour 2026-11-01T07 of one/v was not written: the statement of `my.sql` (--sql) stopped: "),
        "{}",
        run.stderr
    );
    let hint = "\nhint: try_cast(… as …) gives null where a value does not fit\n";
    assert!(run.stderr.contains(hint), "{}", run.stderr);
    assert_eq!(scratch.hashes("out/merged").len(), 2);
    assert_eq!(scratch.hashes("out/ledger").len(), 1);
}

#[test]
fn a_statement_that_cannot_make_hour_files_says_why() {
    let scratch = small();
    let refused = |sql: &str, more: &[&str]| {
        scratch.write("my.sql", sql);
        let args = [&MERGE[..], &["refused", "--sql=my.sql"], more].concat();
        // Nothing of it depends on the data, so no hour is to blame.
        scratch.run(&args).expect_status(2).stderr
    };
    let said = refused("SELECT endpoint, variant, hour, file FROM predictions", &[]);
    assert!(
        said.contains(
            "it gives no column key, position, record_index; it gives endpoint, variant, hour, file"
        ),
        "{said}"
    );
    let all = "endpoint, variant, event_id AS key, hour, file, position, record_index";
    for (sql, why) in [
        (
            format!("SELECT {all}, now() AS n FROM predictions"),
            "error: the statement of `my.sql` (--sql) calls now(), which gives another result each time\n\
             hint: the same inputs must give the same hour files: ",
        ),
        (
            format!("SELECT {all}, random() AS n FROM predictions"),
            "the statement of `my.sql` (--sql) calls random(), which gives another result each time",
        ),
        (
            format!("SELECT {all}, 1 AS hh FROM predictions"),
            "it gives a column hh",
        ),
        ("DROP TABLE predictions".to_owned(), "DDL not supported"),
    ] {
        let said = refused(&sql, &[]);
        assert!(said.contains(why), "{sql}: {said}");
    }
    // Which rows there are is seen only when it runs.
    let sql = format!(
        "SELECT {} FROM predictions",
        all.replace("endpoint", "'other' AS endpoint")
    );
    scratch.write("my.sql", sql);
    let run = scratch.run(&[&MERGE[..], &["refused", "--sql=my.sql"]].concat());
    let said = "error: the statement of `my.sql` (--sql) gave a row of other/v at 2026-11-01T06";
    let stderr = run.expect_status(1).stderr;
    assert!(stderr.contains(said), "{stderr}");
    let said = refused(
        &format!("SELECT {all} FROM predictions"),
        &["--columns=key"],
    );
    assert!(
        said.contains("--columns has no meaning with --sql"),
        "{said}"
    );
    assert!(scratch.hashes("refused/merged").is_empty());
}

#[test]
fn a_statement_that_cannot_be_planned_is_named_with_the_tables_and_columns_that_there_are() {
    let scratch = small();
    let all = "endpoint, variant, event_id AS key, hour, file, position, record_index";
    for (sql, why) in [
        (
            format!("SELECT {all} FROM predictons"),
            "table 'datafusion.public.predictons' not found",
        ),
        (
            format!("SELECT {all}, plan FROM predictions"),
            "No field named plan",
        ),
        ("SELECT 1 +".to_owned(), "SQL error: "),
        // Seen only when types are made to agree.
        (
            format!("SELECT {all}, hour + ARRAY[1] AS n FROM predictions"),
            "caused by: ",
        ),
    ] {
        scratch.write("sql/my.sql", &sql);
        let run = scratch.run(&[&MERGE[..], &["refused", "--sql=sql/my.sql"]].concat());
        let said = run.expect_status(2).stderr;
        let begin = "error: the statement of `sql/my.sql` (--sql) cannot be planned\n  caused by: ";
        assert!(said.contains(begin), "{sql}: {said}");
        assert!(said.contains(why), "{sql}: {said}");
        let hint = "\nhint: it is one query over `predictions` (hour, endpoint, variant, event_id, inference_id, ";
        assert!(said.contains(hint), "{sql}: {said}");
        let labels =
            "`labels` and `latest_labels` (hour, key, label, label_encoding, file, position)\n";
        assert!(said.ends_with(labels), "{sql}: {said}");
        assert!(scratch.hashes("refused/merged").is_empty());
    }
}

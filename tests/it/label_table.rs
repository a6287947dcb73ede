//! Labels from the files of a warehouse: the same hour files as from ground truth, whatever the files are.

use std::fs::File;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;

use crate::harness::{Row, Scratch, capture, label};

/// Key, label, and when it was collected.
type Labels = Vec<(String, Option<&'static str>, i64)>;

/// 2026-11-01T00:00:00Z
const START: i64 = 1_793_491_200_000_000;
const HOUR: i64 = 3_600_000_000;

const MERGE: [&str; 8] = [
    "merge",
    "--quiet",
    "--from",
    "2026-11-01T00",
    "--to",
    "2026-11-01T03",
    "--as-of",
    "2026-11-09",
];

/// Labels of events of `records` records: some early, late, corrected, repeated within an hour, null, and of nobody.
fn labels(records: usize) -> Labels {
    let of = |value: &'static str| match (value, records) {
        ("0", 1) => "0",
        ("1", 1) => "1",
        ("0", _) => "0,1,0",
        (_, _) => "1,0,1",
    };
    let mut labels = Labels::new();
    for event in 0..40_i64 {
        let value = if event % 3 == 0 { of("1") } else { of("0") };
        let late = (event * 7) % 30;
        let label = (event % 11 != 5).then_some(value);
        labels.push((format!("e-{event}"), label, START + late * HOUR + event));
        if event % 5 == 0 {
            // A correction in the same hour, and one much later.
            labels.push((
                format!("e-{event}"),
                Some(of("1")),
                START + late * HOUR + event,
            ));
            labels.push((
                format!("e-{event}"),
                Some(of("0")),
                START + (late + 40) * HOUR,
            ));
        }
    }
    labels.push(("nobody".to_owned(), Some(of("1")), START));
    // Before the lead of a day, so no prediction sees it.
    labels.push(("e-1".to_owned(), Some(of("1")), START - 30 * HOUR));
    labels
}

fn iso(micros: i64) -> String {
    let array = TimestampMicrosecondArray::from_value(micros, 1);
    let time = array.value_as_datetime(0).unwrap();
    time.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

fn captures(scratch: &Scratch, records: usize) {
    for hour in 0..3 {
        let lines: String = (0..40)
            .filter(|event| event % 3 == hour)
            .map(|event| {
                let output = vec!["0.75"; records].join("\n");
                let time = format!("2026-11-01T{hour:02}:10:00Z");
                capture(&format!("e-{event}"), None, &time, &output)
            })
            .collect();
        let file = format!("captures/endpoint/AllTraffic/2026/11/01/{hour:02}/a.jsonl");
        scratch.write(&file, lines);
    }
}

fn ground_truth(scratch: &Scratch, labels: &Labels) {
    let mut hours = std::collections::BTreeMap::<String, String>::new();
    for (key, value, at) in labels {
        let hour = iso(*at)[..13].replace(['-', 'T'], "/");
        let line = match value {
            Some(value) => label(key, value),
            None => label(key, "").replace("\"data\":\"\"", "\"data\":null"),
        };
        hours.entry(hour).or_default().push_str(&line);
    }
    for (hour, lines) in hours {
        scratch.write(&format!("ground-truth/{hour}/labels.jsonl"), lines);
    }
}

fn parquet(scratch: &Scratch, file: &str, columns: Vec<(&str, ArrayRef)>) {
    scratch.write(file, "");
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let file = File::create(scratch.path(file)).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

/// The labels as two files of each kind, the earlier rows in the first.
fn tables(scratch: &Scratch, labels: &Labels) {
    let (one, two) = labels.split_at(labels.len() / 2);
    for (name, part) in [("a", one), ("b", two)] {
        let ids: StringArray = part.iter().map(|(key, _, _)| Some(key.as_str())).collect();
        let values: StringArray = part.iter().map(|(_, value, _)| *value).collect();
        let times: TimestampMicrosecondArray = part.iter().map(|(_, _, at)| Some(*at)).collect();
        parquet(
            scratch,
            &format!("warehouse/{name}.parquet"),
            vec![
                ("order_id", Arc::new(ids) as ArrayRef),
                ("churned", Arc::new(values)),
                ("labelled_at", Arc::new(times)),
            ],
        );
        let (mut csv, mut json) = (
            "other,order_id,churned,labelled_at\n".to_owned(),
            String::new(),
        );
        for (key, value, at) in part {
            let time = iso(*at);
            let quoted = value
                .map(|value| format!("\"{value}\""))
                .unwrap_or_default();
            csv.push_str(&format!("\"x\ny\",{key},{quoted},{time}\n"));
            let value =
                serde_json::json!({ "order_id": key, "churned": value, "labelled_at": time });
            json.push_str(&format!("{value}\n"));
        }
        scratch.write(&format!("warehouse/{name}.csv"), csv);
        scratch.write(&format!("warehouse/{name}.jsonl"), json);
    }
}

/// A configuration whose labels are those files.
fn config(scratch: &Scratch, files: &str) -> String {
    let name = format!("{}.toml", files.replace(['/', '*'], "-"));
    let table = format!(
        "[[model]]\nname = \"m\"\ncaptures = \"captures\"\nprobability_attribute = \"0\"\n\
         [model.labels]\nfiles = \"{files}\"\nid = \"order_id\"\nlabel = \"churned\"\ncollected_at = \"labelled_at\"\n"
    );
    scratch.write(&name, table);
    name
}

/// Rows of a merge's hour files without the place of the label, in order.
fn merged(scratch: &Scratch, flags: &[&str]) -> (Vec<Row>, Vec<String>) {
    let out = scratch.path("out");
    if out.exists() {
        std::fs::remove_dir_all(&out).unwrap();
    }
    let mut args = MERGE.to_vec();
    args.extend(["--out", "out", "--output", "json"]);
    args.extend(flags);
    let run = scratch.run(&args).expect_status(0);
    let mut ledger = run.json()["models"][0]["ledger"].clone();
    // Said only of tables.
    ledger["notes"]
        .as_object_mut()
        .unwrap()
        .shift_remove("labels_outside_window");
    let places = scratch.rows("out/merged").into_iter();
    let places = places.filter_map(|row| row["label_file"].clone()).collect();
    let mut rows = scratch.rows("out/merged");
    rows.extend(scratch.rows("out/unmatched"));
    for row in &mut rows {
        for place in ["label_file", "label_position", "file", "position"] {
            // Of predictions they stay; of unmatched labels they are the place.
            if place.starts_with("label") || !row.contains_key("input") {
                row.remove(place);
            }
        }
    }
    // What became of every label.
    let ledger = Row::from([("ledger".to_owned(), Some(ledger.to_string()))]);
    rows.push(ledger);
    (rows, places)
}

/// Shows only the first rows that differ.
#[track_caller]
fn assert_same(rows: &[Row], expected: &[Row], what: &str) {
    for (row, expected) in rows.iter().zip(expected) {
        assert_eq!(row, expected, "{what}");
    }
    assert_eq!(rows.len(), expected.len(), "{what}");
}

const GROUND_TRUTH: [&str; 8] = [
    "--captures",
    "captures",
    "--labels",
    "ground-truth",
    "--model",
    "m",
    "--probability-attribute",
    "0",
];

#[test]
fn labels_as_parquet_csv_and_json_lines_give_the_hour_files_of_ground_truth() {
    for records in [1, 3] {
        let scratch = Scratch::new();
        let labels = labels(records);
        captures(&scratch, records);
        ground_truth(&scratch, &labels);
        tables(&scratch, &labels);
        for policy in ["latest", "first", "all"] {
            let policy = ["--duplicate-labels", policy, "--label-horizon", "P2D"];
            let flags = [GROUND_TRUTH.as_slice(), &policy].concat();
            let (expected, _) = merged(&scratch, &flags);
            let labelled = expected
                .iter()
                .filter(|row| row.get("label").is_some_and(Option::is_some));
            assert!(labelled.count() > 20 * records);
            for files in [
                "warehouse/*.parquet",
                "warehouse/*.csv",
                "warehouse/*.jsonl",
            ] {
                let config = config(&scratch, files);
                for plan in ["reference", "fast", "spilled"] {
                    let table = ["--config", &config, "--plan", plan];
                    let (rows, places) = merged(&scratch, &[table.as_slice(), &policy].concat());
                    assert!(places.iter().any(|place| place.starts_with("a.")));
                    assert!(places.iter().any(|place| place.starts_with("b.")));
                    let what = format!("{files} by the {plan} plan, {policy:?}, {records} records");
                    assert_same(&rows, &expected, &what);
                }
            }
        }
    }
}

#[test]
fn numbers_and_lists_become_the_labels_that_people_would_write() {
    let scratch = Scratch::new();
    captures(&scratch, 1);
    let times = TimestampMicrosecondArray::from(vec![START + HOUR; 2]);
    parquet(
        &scratch,
        "labels.parquet",
        vec![
            ("id", Arc::new(Int64Array::from(vec![0, 1])) as ArrayRef),
            (
                "value",
                Arc::new(arrow::array::Float64Array::from(vec![1.0, 0.25])),
            ),
            ("at", Arc::new(times)),
        ],
    );
    let flags = [
        "--captures",
        "captures",
        "--label-files",
        "labels.parquet",
        "--label-id",
        "'e-' || id",
        "--label-value",
        "value",
        "--label-time",
        "at",
        "--probability-attribute",
        "0",
    ];
    let (rows, _) = merged(&scratch, &flags);
    let labels: Vec<_> = rows
        .iter()
        .filter_map(|row| Some((row.get("key")?.clone()?, row.get("label")?.clone()?)))
        .collect();
    let pair = |key: &str, label: &str| (key.to_owned(), label.to_owned());
    assert_eq!(labels, [pair("e-0", "1"), pair("e-1", "0.25")]);
}

#[test]
fn a_query_makes_labels_of_any_files_and_its_places_are_theirs_if_it_returns_them() {
    let scratch = Scratch::new();
    let labels = labels(1);
    captures(&scratch, 1);
    ground_truth(&scratch, &labels);
    tables(&scratch, &labels);
    let (expected, _) = merged(&scratch, &GROUND_TRUTH);
    let columns = "order_id as id, churned as label, labelled_at as collected_at";
    scratch.write(
        "labels.sql",
        format!("select filename, file_row_number, {columns} from files where order_id like '%'"),
    );
    let table = |query: &[&'static str]| {
        let flags = [
            "--captures",
            "captures",
            "--model",
            "m",
            "--probability-attribute",
            "0",
        ];
        [
            flags.as_slice(),
            &["--label-files", "warehouse/*.csv"],
            query,
        ]
        .concat()
    };
    let (rows, places) = merged(&scratch, &table(&["--label-sql-file", "labels.sql"]));
    assert_same(&rows, &expected, "a query with places");
    assert!(places.iter().all(|place| place.ends_with(".csv")));

    // Without a place, rows are in order of time, then id and label, and stand in the query's own name.
    let query = "select churned as label, order_id as id, labelled_at as collected_at from files order by random()";
    let (rows, places) = merged(&scratch, &table(&["--label-sql", query]));
    assert!(places.iter().all(|place| place == "sql"));
    let hashes = scratch.hashes("out/merged");
    let (again, _) = merged(&scratch, &table(&["--label-sql", query, "--threads", "1"]));
    assert_eq!((rows, hashes), (again, scratch.hashes("out/merged")));
}

#[test]
fn hour_files_do_not_depend_on_memory_threads_or_how_rows_are_cut() {
    let scratch = Scratch::new();
    let labels = labels(1);
    captures(&scratch, 1);
    tables(&scratch, &labels);
    let config = config(&scratch, "warehouse/*.parquet");
    merged(&scratch, &["--config", &config]);
    let expected = scratch.hashes("out/merged");
    for flags in [
        ["--threads", "1"],
        ["--batch-size", "3"],
        ["--memory-limit", "256MB"],
        ["--plan", "spilled"],
    ] {
        merged(
            &scratch,
            &[["--config", &config].as_slice(), &flags].concat(),
        );
        assert_eq!(scratch.hashes("out/merged"), expected, "{flags:?}");
    }
    let receipts = std::fs::read_to_string(
        scratch.path("out/_groundline/receipts/model=m/endpoint=endpoint/variant=AllTraffic/date=2026-11-01/hh=00.json"),
    );
    assert!(
        receipts
            .unwrap()
            .contains("\"collected_at\": \"labelled_at\"")
    );
}

/// Labels as CSV with one of everything that can be wrong with a row.
const BAD: &str = "order_id,churned,labelled_at\n\
    e-0,1,2026-11-01T02:00:00Z\n\
    ,1,2026-11-01T02:00:00Z\n\
    e-1,1,\n\
    e-2,0,1793491200\n\
    e-3,0\n\
    e-6,0,2026-11-01 02:00:00\n\
    e-9,\"0,2026-11-01T02:00:00Z\n";

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

/// What is said of a wrong table, with its status.
fn refusal(scratch: &Scratch, flags: &[&str]) -> (i32, String) {
    let mut args = MERGE.to_vec();
    args.extend([
        "--out",
        "out",
        "--captures",
        "captures",
        "--probability-attribute",
        "0",
    ]);
    args.extend(flags);
    let run = scratch.run(&args);
    (run.status, run.stderr)
}

#[test]
fn a_wrong_table_is_told_by_what_is_there() {
    let scratch = Scratch::new();
    captures(&scratch, 1);
    scratch.write("w/a.csv", "order_id,churned,labelled_at\n");
    scratch.write("w/b.csv", "orderid,churned,labelled_at\n");
    scratch.write("w/x.jsonl", "{}\n");
    scratch.write("w/notes.txt", "x");
    parquet(
        &scratch,
        "w/n.parquet",
        vec![
            ("id", Arc::new(Int64Array::from(vec![1])) as ArrayRef),
            ("at", Arc::new(Int64Array::from(vec![START]))),
        ],
    );
    scratch.write("w/broken/n.parquet", "PAR1");
    let columns = [
        "--label-id",
        "order_id",
        "--label-value",
        "churned",
        "--label-time",
        "labelled_at",
    ];
    for (flags, status, said) in [
        (
            &["--label-files", "w/*.csv"][..],
            2,
            "error: the label file `b.csv` has no column `order_id`; did you mean `orderid`?; it has: orderid, churned, labelled_at\n\
             hint: each of id, label and collected_at is a column that every file has, or an SQL expression\n",
        ),
        (
            &["--label-files", "w/a.csv", "--label-id", "upper(orderid)"],
            2,
            "error: the label file `a.csv` has no column `orderid`; did you mean `order_id`?; it has: order_id, churned, labelled_at\n",
        ),
        (
            &[
                "--label-files",
                "w/*.parquet",
                "--label-id",
                "id",
                "--label-value",
                "id",
                "--label-time",
                "at",
            ],
            2,
            "error: `collected_at` of the labels is Int64, which is no time: `at`\n\
             hint: say what it counts: to_timestamp_seconds(at), or to_timestamp_millis, to_timestamp_micros, to_timestamp_nanos\n",
        ),
        (
            &["--label-files", "w/*.tsv"],
            2,
            "error: no file matches the labels `w/*.tsv`; below `w` there are a.csv, b.csv, n.parquet, notes.txt, x.jsonl\n",
        ),
        (
            &["--label-files", "w/*"],
            2,
            "error: the labels `w/*` match files of two kinds: `a.csv` and `n.parquet`\n",
        ),
        (
            &["--label-files", "w/notes.txt"],
            2,
            "error: the labels `w/notes.txt` match `notes.txt`, which is no Parquet, CSV or JSON Lines file\n",
        ),
        (
            &["--label-files", "absent/*.csv"],
            2,
            "error: no such folder: `absent`\n",
        ),
        (
            &["--label-files", "w/broken/*.parquet"],
            1,
            "error: cannot read the label file `n.parquet` as Parquet\n",
        ),
        (
            &["--label-files", "w/a.csv", "--label-id", "nope("],
            2,
            "error: `id` of the labels is neither a column nor an SQL expression: `nope(`\n",
        ),
    ] {
        let flags = match flags.contains(&"--label-id") {
            true if flags.len() < 6 => [flags, &columns[2..]].concat(),
            true => flags.to_vec(),
            false => [flags, &columns].concat(),
        };
        let (found, stderr) = refusal(&scratch, &flags);
        assert!(stderr.starts_with(said), "{flags:?}:\n{stderr}");
        assert_eq!(found, status, "{flags:?}");
    }
    let sql = [
        "--label-files",
        "w/a.csv",
        "--label-sql",
        "select order_id as id, churned from files",
    ];
    let (status, stderr) = refusal(&scratch, &sql);
    assert!(
        stderr.starts_with("error: the SQL of the labels (`sql`) returns no column `label`; it returns: id, churned\n"),
        "{stderr}"
    );
    assert_eq!(status, 2);
    assert!(!scratch.path("out").exists(), "nothing was written");
}

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

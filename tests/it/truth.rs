//! The merge of made-up corpora against the truth that their generator kept, which shares no code with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use groundline_synth::{Compress, Kind, LabelIdField, Options, generate};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use serde_json::Value;

use crate::harness::{Row, Scratch};

/// What identifies a prediction record.
const PLACE: [&str; 6] = [
    "endpoint",
    "variant",
    "hour",
    "file",
    "position",
    "record_index",
];

/// The same cases each time; `PROPTEST_CASES` asks for more, `PROPTEST_RNG_SEED` for others.
fn check(cases: u32, options: impl Strategy<Value = Options>) {
    let mut config = ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 20,
        ..ProptestConfig::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(20_261_101);
    }
    let outcome = TestRunner::new(config).run(&options, |options| {
        merges_to_the_truth(&options);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// Small corpora with much of everything that goes wrong.
fn options(
    kind: Kind,
    records_per_event: impl Strategy<Value = u32>,
    endpoints: impl Strategy<Value = u32>,
) -> impl Strategy<Value = Options> {
    let amount = (20..400_u64, 1..5_u32, 1..5_u32, any::<u64>(), 0..8_u64);
    let shares = (0.5..1.0_f64, 0.0..0.6_f64, 0.0..0.5_f64, 0.0..0.3_f64);
    let switches = (any::<bool>(), any::<bool>());
    (amount, shares, switches, records_per_event, endpoints).prop_map(
        move |(amount, shares, (shuffle, gzip), records_per_event, endpoints)| Options {
            records: amount.0,
            hours: amount.1,
            files_per_hour: amount.2,
            seed: amount.3,
            kind,
            label_rate: shares.0,
            late: shares.1,
            duplicates: shares.2,
            malformed: shares.3,
            mismatches: amount.4,
            records_per_event,
            endpoints,
            shuffle,
            variety: true,
            compress: if gzip { Compress::Gzip } else { Compress::None },
            label_id_field: if shuffle {
                LabelIdField::EventId
            } else {
                LabelIdField::InferenceId
            },
            payload_columns: 4,
            ..Options::default()
        },
    )
}

#[test]
fn endpoint_corpora_merge_to_the_truth() {
    check(12, options(Kind::Endpoint, 1..5_u32, 1..4_u32));
}

#[test]
fn csv_transforms_merge_to_the_truth() {
    check(4, options(Kind::Csv, Just(1), Just(1)));
}

#[test]
fn json_lines_transforms_merge_to_the_truth() {
    check(4, options(Kind::Jsonl, 1..5_u32, Just(1)));
}

#[test]
fn whole_document_transforms_merge_to_the_truth() {
    check(4, options(Kind::Json, 1..5_u32, Just(1)));
}

fn merges_to_the_truth(options: &Options) {
    let scratch = Scratch::new();
    generate(&scratch.path("corpus"), options).unwrap();
    let truth = |name: &str| fs::read_to_string(scratch.path("corpus/truth").join(name)).unwrap();
    let mut reports = Vec::new();
    for plan in ["fast", "spilled", "reference"] {
        let out = scratch.path(plan).display().to_string();
        let flags = [
            "--all",
            "--max-rejects",
            "100%",
            "--as-of",
            "2027-06-01T00",
            "--output",
            "json",
        ];
        let mut args = vec![
            "merge",
            "--config",
            "corpus/groundline.toml",
            "--plan",
            plan,
            "--out",
            &out,
        ];
        args.extend(flags);
        reports.push(scratch.run(&args).expect_status(0).json());
        same_observations(
            &truth("observations.jsonl"),
            &scratch.rows(&format!("{plan}/merged")),
        );
        same_rejects(
            &truth("rejects.jsonl"),
            &scratch.rows(&format!("{plan}/rejects")),
        );
        same_unmatched(
            &truth("unmatched.jsonl"),
            &scratch.rows(&format!("{plan}/unmatched")),
        );
    }
    let ledger: Value = serde_json::from_str(&truth("ledger.json")).unwrap();
    for report in &reports {
        same_ledger(&ledger, report);
    }
    for plan in ["spilled", "reference"] {
        assert_eq!(scratch.hashes("fast"), scratch.hashes(plan), "{plan}");
    }
}

/// Row by row, on every column that the truth has; none may be missing and none may be more.
fn same_observations(truth: &str, merged: &[Row]) {
    let expected: Vec<Row> = truth.lines().map(truth_row).collect();
    let place = |row: &Row| PLACE.map(|column| row[column].clone());
    let found: BTreeMap<_, &Row> = merged.iter().map(|row| (place(row), row)).collect();
    assert_eq!(
        found.len(),
        merged.len(),
        "a prediction record is in the output twice"
    );
    let wanted: BTreeSet<_> = expected.iter().map(place).collect();
    let extra: Vec<_> = found
        .keys()
        .filter(|place| !wanted.contains(*place))
        .take(3)
        .collect();
    assert!(extra.is_empty(), "rows that no truth has: {extra:#?}");
    for row in &expected {
        let merged = found
            .get(&place(row))
            .unwrap_or_else(|| panic!("missing: {row:#?}"));
        let merged: Row = merged
            .iter()
            .filter(|(column, _)| row.contains_key(*column))
            .map(|(column, value)| (column.clone(), normal(column, value.clone())))
            .collect();
        assert_eq!(merged, *row);
    }
    assert_eq!(expected.len(), merged.len());
}

/// A line of the truth as a row.
fn truth_row(line: &str) -> Row {
    let object: serde_json::Map<String, Value> = serde_json::from_str(line).unwrap();
    object
        .into_iter()
        .map(|(column, value)| {
            let text = match value {
                Value::Null => None,
                Value::String(text) => Some(text),
                // serde_json may be off by a unit in the last place; the text is what was written.
                Value::Number(_) if column == "probability" => {
                    Some(number_text(line, &column).to_owned())
                }
                other => Some(other.to_string()),
            };
            let text = normal(&column, text);
            (column, text)
        })
        .collect()
}

fn number_text<'a>(line: &'a str, member: &str) -> &'a str {
    let (_, rest) = line.rsplit_once(&format!("\"{member}\":")).unwrap();
    rest.split([',', '}']).next().unwrap()
}

/// Numbers by value, times without trailing zeros.
fn normal(column: &str, value: Option<String>) -> Option<String> {
    let value = value?;
    Some(match column {
        "probability" => format!("{:e}", value.parse::<f64>().unwrap()),
        "inference_time" => match value.trim_end_matches('Z').split_once('.') {
            Some((whole, fraction)) => {
                format!("{whole}.{}Z", fraction.trim_end_matches('0')).replace(".Z", "Z")
            }
            None => value,
        },
        _ => value,
    })
}

/// Place, line and reason of every reject. Each model reads all labels, so each has all their rejects.
fn same_rejects(truth: &str, found: &[Row]) {
    let expected: BTreeSet<Vec<String>> = truth
        .lines()
        .map(|line| {
            let reject: Value = serde_json::from_str(line).unwrap();
            ["table", "file", "position", "line", "reason"]
                .map(|member| match &reject[member] {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                })
                .to_vec()
        })
        .collect();
    let rows = found.iter().map(|row| {
        ["source", "file", "position", "line", "reason"]
            .map(|column| row[column].clone().unwrap_or_default())
            .to_vec()
    });
    assert_eq!(rows.collect::<BTreeSet<_>>(), expected);
}

/// Model, place, key, reason and nearest prediction of every label that a model does not use.
fn same_unmatched(truth: &str, found: &[Row]) {
    let row = |model: &str, file: &str, position: &str, key: &str, reason: &str, near: &str| {
        [model, file, position, key, reason, near].map(str::to_owned)
    };
    let expected: BTreeSet<_> = truth
        .lines()
        .map(|line| {
            let label: Value = serde_json::from_str(line).unwrap();
            let text = |member: &str| label[member].as_str().unwrap();
            let position = label["position"].to_string();
            row(
                text("model"),
                text("file"),
                &position,
                text("key"),
                text("reason"),
                label["nearest"].as_str().unwrap_or_default(),
            )
        })
        .collect();
    let found: BTreeSet<_> = found
        .iter()
        .map(|label| {
            let text = |column: &str| label[column].as_deref().unwrap();
            let near = |column: &str| label[column].as_deref().unwrap_or_default();
            // A rejected line is named by its place.
            let nearest = match near("nearest_line") {
                "" => near("nearest_key").to_owned(),
                line => format!("{}:{line}", near("nearest_file")),
            };
            row(
                text("model"),
                text("file"),
                text("position"),
                text("key"),
                text("reason"),
                &nearest,
            )
        })
        .collect();
    let either: Vec<_> = expected.symmetric_difference(&found).take(5).collect();
    assert!(either.is_empty(), "on one side only: {either:#?}");
}

/// Every bucket of every model, and that they sum to what was read.
fn same_ledger(truth: &Value, report: &Value) {
    let models = report["models"].as_array().unwrap();
    let expected = truth["models"].as_object().unwrap();
    assert_eq!(models.len(), expected.len());
    for model in models {
        let name = model["model"].as_str().unwrap();
        let (found, wanted) = (&model["ledger"], &expected[name]);
        assert_eq!(
            found["predictions"], wanted["predictions"],
            "{name}: predictions"
        );
        assert_eq!(
            found["observations"], wanted["observations"],
            "{name}: observations"
        );
        let labels = &found["labels"];
        let count = |bucket: &str| labels[bucket].as_u64().unwrap();
        for bucket in ["read", "rejected", "matched", "duplicate", "superseded"] {
            assert_eq!(
                labels[bucket], wanted["labels"][bucket],
                "{name}: labels {bucket}: {found:#}"
            );
        }
        let unmatched =
            count("unmatched_before") + count("unmatched_inside") + count("unmatched_after");
        assert_eq!(
            Value::from(unmatched),
            wanted["labels"]["unmatched"],
            "{name}: {found:#}"
        );
        let buckets = ["rejected", "matched", "duplicate", "superseded"].map(count);
        assert_eq!(count("read"), buckets.iter().sum::<u64>() + unmatched);
    }
}

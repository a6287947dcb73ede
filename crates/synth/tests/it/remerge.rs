//! Merges a corpus from its files alone and compares with `truth/`, record by record.

use std::collections::BTreeMap;

use groundline_synth::{Kind, Options};
use serde_json::{Value, json};

use crate::reading::{Made, text};
use crate::records::{Label, Read, read_labels, read_predictions};
use crate::{Case, cases};

#[test]
fn truth_is_what_a_naive_merge_of_the_files_finds() {
    for case in cases() {
        check(case);
    }
}

fn check(case: &Case) {
    let Case {
        name,
        options,
        made,
    } = case;
    let labels = read_labels(made, "labels");
    let neighbours = read_labels(made, "neighbour/labels");
    let mut found = Vec::new();
    for read in read_predictions(made, options) {
        let labels = match read.endpoint.as_str() {
            "shadow" => continue,
            "neighbour" => &neighbours,
            _ => &labels,
        };
        if !read.is_probe {
            observe(&read, options, labels, &mut found);
        }
    }
    found.sort_by_key(|row| {
        let field = |name: &str| text(&row[name]);
        let number = |name: &str| row[name].as_u64().unwrap();
        (
            field("endpoint"),
            field("hour"),
            field("file"),
            number("position"),
            number("record_index"),
        )
    });
    let mut stated = made.truth("observations.jsonl");
    let order: Vec<String> = stated
        .iter()
        .map(|row| format!("{} {} {}", row["endpoint"], row["hour"], row["file"]))
        .collect();
    assert!(order.is_sorted(), "{name}: truth is in order");
    for row in &mut stated {
        // JSON pieces are compared as values, not as text.
        row.as_object_mut().unwrap().remove("variant");
        for side in ["input", "output"] {
            row[side] = comparable(row[side].as_str());
        }
    }
    assert_eq!(found.len(), stated.len(), "{name}");
    for (found, stated) in found.iter().zip(&stated) {
        assert!(
            same(found, stated),
            "{name}: found {found}, stated {stated}"
        );
    }
    check_ledger(name, made, options, &labels, &neighbours, &stated);
}

/// Equal but for the last bit of a number, which serde_json does not always read right.
fn same(one: &Value, two: &Value) -> bool {
    match (one, two) {
        (Value::Number(one), Value::Number(two)) => {
            let (one, two) = (one.as_f64().unwrap(), two.as_f64().unwrap());
            (one - two).abs() <= 4.0 * f64::EPSILON * one.abs()
        }
        (Value::Array(one), Value::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| same(one, two))
        }
        (Value::Object(one), Value::Object(two)) => {
            one.len() == two.len()
                && one
                    .iter()
                    .all(|(name, value)| two.get(name).is_some_and(|other| same(value, other)))
        }
        _ => one == two,
    }
}

fn comparable(piece: Option<&str>) -> Value {
    match piece {
        None => Value::Null,
        Some(text) if text.starts_with('{') => serde_json::from_str(text).unwrap(),
        Some(text) => json!(text),
    }
}

fn observe(
    read: &Read,
    options: &Options,
    labels: &BTreeMap<String, Vec<Label>>,
    found: &mut Vec<Value>,
) {
    let key = read.key();
    let records = read.records();
    let chosen = labels
        .get(key)
        .into_iter()
        .flatten()
        .filter(|label| in_window(options, label, read))
        .filter_map(|label| Some((label, classes(label, records)?)))
        .next_back();
    let piece = |side: &Option<Vec<String>>, record: usize| {
        comparable(side.as_ref().map(|pieces| pieces[record].as_str()))
    };
    for record in 0..records {
        let score = read.scores.as_ref().map(|scores| scores[record].as_str());
        found.push(json!({
            "endpoint": read.endpoint,
            "hour": read.hour,
            "key": key,
            "event_id": read.event_id,
            "inference_id": read.inference_id,
            "inference_time": read.time,
            "record_index": record,
            "input": piece(&read.inputs, record),
            "output": piece(&read.outputs, record),
            "prediction": score.map(class),
            "probability": score.map(number),
            "file": read.file,
            "position": read.position,
            "label": chosen.as_ref().and_then(|(_, classes)| classes[record].clone()),
            "label_hour": chosen.as_ref().map(|(label, _)| &label.hour),
            "label_file": chosen.as_ref().map(|(label, _)| &label.file),
            "label_position": chosen.as_ref().map(|(label, _)| label.position),
        }));
    }
}

/// Whether a prediction may use a label collected when this one was, by the settings of `groundline.toml`.
pub(crate) fn in_window(options: &Options, label: &Label, read: &Read) -> bool {
    let (collected, hour) = (hour_number(&label.hour), hour_number(&read.hour));
    if options.mismatches > 0 {
        (hour..hour + 96).contains(&collected)
    } else {
        collected >= hour - 24
    }
}

/// Hours since the month began; all are in one month.
fn hour_number(hour: &str) -> i32 {
    let number = |from: usize| hour[from..from + 2].parse::<i32>().unwrap();
    assert_eq!(number(5), 11);
    number(8) * 24 + number(11)
}

/// At the threshold it is positive.
fn class(score: &str) -> &'static str {
    let value: f64 = score.parse().unwrap();
    if value >= 0.5 { "1" } else { "0" }
}

/// As the truth is read, so that both sides are rounded alike.
fn number(score: &str) -> Value {
    serde_json::from_str(score).unwrap()
}

/// The class of each record, or none if the label is not for that many.
pub(crate) fn classes(label: &Label, records: usize) -> Option<Vec<Option<String>>> {
    let data = label.data.as_deref().unwrap_or("");
    if data.is_empty() {
        return Some(vec![None; records]);
    }
    let values: Vec<String> = if label.encoding == "JSON" {
        match serde_json::from_str::<Value>(data).unwrap() {
            Value::Array(list) => list.iter().map(Value::to_string).collect(),
            scalar => vec![scalar.to_string()],
        }
    } else if data.contains('\n') {
        data.split('\n').map(str::to_owned).collect()
    } else {
        data.split(',').map(str::to_owned).collect()
    };
    let normalised = |value: &String| value.trim().trim_end_matches(".0").to_owned();
    (values.len() == records).then(|| values.iter().map(|value| Some(normalised(value))).collect())
}

fn check_ledger(
    name: &str,
    made: &Made,
    options: &Options,
    labels: &BTreeMap<String, Vec<Label>>,
    neighbours: &BTreeMap<String, Vec<Label>>,
    stated: &[Value],
) {
    let ledger = &made.truth("ledger.json")[0];
    let mut totals: BTreeMap<String, u64> = BTreeMap::new();
    for (model, part) in ledger["models"].as_object().unwrap() {
        for table in ["predictions", "labels"] {
            let buckets = part[table].as_object().unwrap();
            let sum: u64 = buckets.values().map(|count| count.as_u64().unwrap()).sum();
            let read = part[table]["read"].as_u64().unwrap();
            assert_eq!(sum, 2 * read, "{name} {model} {table} closes");
            for (bucket, count) in buckets {
                *totals.entry(format!("{table}.{bucket}")).or_default() += count.as_u64().unwrap();
            }
        }
    }
    for (name, count) in &totals {
        let (table, bucket) = name.split_once('.').unwrap();
        assert_eq!(
            ledger[table][bucket], *count,
            "{name} is the sum over models"
        );
    }

    let predictions = &ledger["predictions"];
    let count = |keep: &dyn Fn(&Value) -> bool| stated.iter().filter(|row| keep(row)).count();
    let has_output = |row: &Value| !row["output"].is_null();
    assert_eq!(ledger["observations"], stated.len(), "{name}");
    assert_eq!(
        predictions["no_output"],
        count(&|row| !has_output(row)),
        "{name}"
    );
    assert_eq!(
        predictions["labelled"],
        count(&|row| has_output(row) && !row["label"].is_null()),
        "{name}"
    );

    let probes = read_predictions(made, options)
        .into_iter()
        .filter(|read| read.is_probe);
    let probes: usize = probes.map(|read| read.records()).sum();
    assert_eq!(predictions["filtered"], probes, "{name}");

    let models = ledger["models"].as_object().unwrap();
    let models = (models.len() - usize::from(models.contains_key("neighbour"))) as u64;
    let count = |labels: &BTreeMap<String, Vec<Label>>| -> u64 {
        labels.values().map(|group| group.len() as u64).sum()
    };
    let (read, apart) = (count(labels), count(neighbours));
    let rejected = ledger["labels"]["rejected"].as_u64().unwrap();
    let all = models * read + apart + rejected;
    assert_eq!(ledger["labels"]["read"], all, "{name}");
    assert_eq!(
        made.summary.labels,
        read + apart + rejected / models,
        "{name}"
    );
    if models == 1 && options.mismatches == 0 {
        check_label_buckets(name, ledger, labels, stated);
    }
    if options.kind == Kind::Endpoint && options.records_per_event == 1 && options.records > 100 {
        let superseded = ledger["labels"]["superseded"].as_u64().unwrap();
        assert!(superseded > 0, "{name} plants changed labels");
    }
}

fn check_label_buckets(
    name: &str,
    ledger: &Value,
    labels: &BTreeMap<String, Vec<Label>>,
    stated: &[Value],
) {
    let chosen: BTreeMap<(&str, u64), ()> = stated
        .iter()
        .filter_map(|row| {
            Some((
                (row["label_file"].as_str()?, row["label_position"].as_u64()?),
                (),
            ))
        })
        .collect();
    let mut records: BTreeMap<&str, usize> = BTreeMap::new();
    for row in stated {
        let count = row["record_index"].as_u64().unwrap() as usize + 1;
        let most = records.entry(row["key"].as_str().unwrap()).or_default();
        *most = count.max(*most);
    }
    let mut buckets: BTreeMap<&str, u64> = BTreeMap::new();
    for (key, group) in labels {
        let is_chosen = |label: &Label| chosen.contains_key(&(label.file.as_str(), label.position));
        for (index, label) in group.iter().enumerate() {
            let same = |other: &Label| other.data == label.data && other.encoding == label.encoding;
            let bucket = if is_chosen(label) {
                "matched"
            } else if group[..index].iter().any(same)
                || group.iter().any(|other| is_chosen(other) && same(other))
            {
                "duplicate"
            } else if records
                .get(key.as_str())
                .is_some_and(|records| classes(label, *records).is_some())
            {
                "superseded"
            } else {
                "unmatched"
            };
            *buckets.entry(bucket).or_default() += 1;
        }
    }
    for bucket in ["matched", "duplicate", "superseded", "unmatched"] {
        let found = buckets.get(bucket).copied().unwrap_or(0);
        assert_eq!(ledger["labels"][bucket], found, "{name} {bucket}");
    }
}

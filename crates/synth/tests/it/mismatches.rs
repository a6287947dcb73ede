//! The truth's reasons why labels match nothing, against a search for their ids in everything that was written.

use std::collections::{BTreeMap, BTreeSet};

use groundline_synth::{Kind, Options};

use crate::reading::{Made, lines, text};
use crate::records::{Label, Read, read_labels, read_predictions};
use crate::remerge::{classes, in_window};
use crate::{Case, cases};

/// A model as `groundline.toml` describes it.
struct Model {
    name: String,
    /// Patterns; none is all.
    endpoints: Vec<String>,
}

impl Model {
    fn reads(&self, endpoint: &str) -> bool {
        let matches = |pattern: &String| match pattern.strip_suffix('*') {
            Some(start) => endpoint.starts_with(start),
            None => pattern == endpoint,
        };
        match self.name.as_str() {
            "neighbour" => endpoint == "neighbour",
            _ if endpoint == "neighbour" => false,
            _ => self.endpoints.is_empty() || self.endpoints.iter().any(matches),
        }
    }
}

fn models(made: &Made) -> Vec<Model> {
    let config = std::str::from_utf8(&made.all()["groundline.toml"]).unwrap();
    let mut models: Vec<Model> = Vec::new();
    for line in config.lines() {
        let Some((key, value)) = line.split_once(" = ") else {
            continue;
        };
        let strings = value.split('"').skip(1).step_by(2).map(str::to_owned);
        match key {
            "name" => models.push(Model {
                name: strings.collect(),
                endpoints: Vec::new(),
            }),
            "endpoints" => models.last_mut().unwrap().endpoints = strings.collect(),
            _ => {}
        }
    }
    models
}

/// Text of the lines (documents) that must be refused, with file:line and the endpoint.
fn broken_lines(case: &Case) -> Vec<(String, String, String)> {
    let rejects = case.made.rejects();
    let mut files = case.made.files("captures");
    files.extend(case.made.files("transform-output"));
    let mut broken = Vec::new();
    for (file, bytes) in files {
        let endpoint = match case.options.kind {
            Kind::Endpoint => file.split('/').next().unwrap(),
            _ => "_batch",
        };
        for line in lines(bytes) {
            let at = ("predictions".to_owned(), file.to_owned(), line.position);
            if rejects.contains_key(&at) {
                broken.push((
                    String::from_utf8_lossy(line.bytes).into_owned(),
                    format!("{file}:{}", line.number),
                    endpoint.to_owned(),
                ));
            }
        }
    }
    broken
}

/// An id as it is compared when only its spelling differs.
fn plain(id: &str) -> String {
    let id = id.trim();
    let bare = ['"', '\'']
        .into_iter()
        .find_map(|quote| id.strip_prefix(quote)?.strip_suffix(quote));
    bare.unwrap_or(id).trim().to_ascii_lowercase()
}

/// (file, position, key, reason, nearest) of every label that a model does not use.
type Rows = BTreeSet<(String, u64, String, String, Option<String>)>;

fn found(case: &Case, model: &Model) -> Rows {
    let Case { options, made, .. } = case;
    let reads = read_predictions(made, options);
    let root = match model.name.as_str() {
        "neighbour" => "neighbour/labels",
        _ => "labels",
    };
    let labels = read_labels(made, root);
    let broken: Vec<_> = broken_lines(case)
        .into_iter()
        .filter(|(_, _, endpoint)| model.reads(endpoint))
        .collect();
    let mut rows = Rows::new();
    for (key, group) in &labels {
        let of_key: Vec<&Read> = reads
            .iter()
            .filter(|read| model.reads(&read.endpoint) && !read.is_probe && read.key() == key)
            .collect();
        for label in unused(options, group, &of_key) {
            let (reason, nearest) = if of_key.is_empty() {
                why(key, model, &reads, &broken)
            } else if of_key.iter().any(|read| in_window(options, label, read)) {
                ("record_count_differs", Some(key.clone()))
            } else {
                ("outside_label_window", Some(key.clone()))
            };
            rows.insert((
                label.file.clone(),
                label.position,
                key.clone(),
                reason.to_owned(),
                nearest,
            ));
        }
    }
    rows
}

/// Labels of a key that no prediction could use, but for copies of a used or an earlier one.
fn unused<'a>(options: &Options, group: &'a [Label], reads: &[&Read]) -> Vec<&'a Label> {
    let usable = |label: &Label, read: &Read| {
        in_window(options, label, read) && classes(label, read.records()).is_some()
    };
    let chosen: Vec<usize> = reads
        .iter()
        .filter_map(|read| group.iter().rposition(|label| usable(label, read)))
        .collect();
    group
        .iter()
        .enumerate()
        .filter(|(index, label)| {
            let same = |other: &Label| other.data == label.data && other.encoding == label.encoding;
            let is_copy = group[..*index].iter().any(same)
                || chosen.iter().any(|chosen| same(&group[*chosen]));
            !is_copy && !reads.iter().any(|read| usable(label, read))
        })
        .map(|(_, label)| label)
        .collect()
}

/// Of a label whose key no prediction of the model has.
fn why(
    key: &str,
    model: &Model,
    reads: &[Read],
    broken: &[(String, String, String)],
) -> (&'static str, Option<String>) {
    let own = |read: &&Read| model.reads(&read.endpoint);
    let itself = Some(key.to_owned());
    if reads
        .iter()
        .any(|read| own(&read) && read.is_probe && read.key() == key)
    {
        return ("prediction_filtered", itself);
    }
    if let Some((_, place, _)) = broken.iter().find(|(line, _, _)| line.contains(key)) {
        return ("prediction_rejected", Some(place.clone()));
    }
    let mut kept = reads.iter().filter(own).filter(|read| !read.is_probe);
    if let Some(read) = kept
        .clone()
        .find(|read| read.event_id.as_deref() == Some(key))
    {
        return ("event_id_given", Some(read.key().to_owned()));
    }
    if let Some(read) = kept.find(|read| plain(read.key()) == plain(key)) {
        return ("spelled_differently", Some(read.key().to_owned()));
    }
    let has_id = |read: &&Read| {
        [&read.inference_id, &read.event_id].contains(&&Some(key.to_owned())) && !own(read)
    };
    match reads.iter().find(has_id) {
        Some(read) if read.endpoint == "neighbour" => ("other_model", itself),
        Some(_) if model.name == "neighbour" => ("other_model", itself),
        Some(_) => ("other_endpoint", itself),
        None => ("unknown_id", None),
    }
}

fn stated(made: &Made, model: &str) -> Rows {
    made.truth("unmatched.jsonl")
        .iter()
        .filter(|row| row["model"] == model)
        .map(|row| {
            (
                text(&row["file"]),
                row["position"].as_u64().unwrap(),
                text(&row["key"]),
                text(&row["reason"]),
                row["nearest"].as_str().map(str::to_owned),
            )
        })
        .collect()
}

#[test]
fn the_reason_of_each_unmatched_label_is_what_a_search_for_its_id_finds() {
    for case in cases() {
        let ledger = &case.made.truth("ledger.json")[0];
        for model in models(&case.made) {
            let stated = stated(&case.made, &model.name);
            let found = found(case, &model);
            let only: Vec<_> = found.symmetric_difference(&stated).take(5).collect();
            assert!(only.is_empty(), "{} {}: {only:#?}", case.name, model.name);
            let count = &ledger["models"][&model.name]["labels"]["unmatched"];
            assert_eq!(count, stated.len(), "{} {}", case.name, model.name);
        }
    }
}

const REASONS: [&str; 9] = [
    "event_id_given",
    "other_endpoint",
    "other_model",
    "outside_label_window",
    "prediction_filtered",
    "prediction_rejected",
    "record_count_differs",
    "spelled_differently",
    "unknown_id",
];

fn count_by_reason(made: &Made) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for row in stated(made, "synth") {
        *counts.entry(row.3).or_default() += 1;
    }
    counts
}

#[test]
fn as_many_of_each_reason_are_planted_as_were_asked_for() {
    for Case {
        name,
        options,
        made,
    } in cases()
    {
        if options.mismatches == 0 {
            assert_eq!(made.summary.mismatches, 0, "{name}");
            continue;
        }
        let without = Made::new(&Options {
            mismatches: 0,
            ..options.clone()
        });
        let (before, after) = (count_by_reason(&without), count_by_reason(made));
        let mut planted = 0;
        for reason in REASONS {
            let count = |counts: &BTreeMap<String, u64>| counts.get(reason).copied().unwrap_or(0);
            let expected = match reason {
                // A transform record has one id and no endpoint.
                "event_id_given" | "other_endpoint" if options.kind != Kind::Endpoint => 0,
                _ => options.mismatches,
            };
            assert_eq!(count(&after) - count(&before), expected, "{name}: {reason}");
            planted += expected;
        }
        assert_eq!(made.summary.mismatches, planted, "{name}");
    }
}

#[test]
fn planted_lines_change_no_other_prediction_line() {
    for Case {
        name,
        options,
        made,
    } in cases()
    {
        // Documents are files, which planted ones number anew.
        if options.mismatches == 0 || options.kind == Kind::Json {
            continue;
        }
        let without = Made::new(&Options {
            mismatches: 0,
            ..options.clone()
        });
        for root in ["captures", "transform-output", "transform-input"] {
            let with = made.files(root);
            for (file, bytes) in without.files(root) {
                let mut among = lines(with[file]).into_iter();
                for line in lines(bytes) {
                    assert!(
                        among.any(|other| other.bytes == line.bytes),
                        "{name}: {file}: line {} is gone or elsewhere",
                        line.number
                    );
                }
            }
        }
    }
}

#[test]
fn ids_stand_before_the_damage_and_after_it() {
    for case in cases() {
        let lines = broken_lines(case);
        let (mut before, mut after) = (0, 0);
        for row in stated(&case.made, "synth") {
            if row.3 == "prediction_rejected" {
                let (line, _, _) = lines
                    .iter()
                    .find(|line| Some(&line.1) == row.4.as_ref())
                    .unwrap();
                // What is cut off ends early; what is damaged before its ids ends as a line does.
                let is_cut = !line.ends_with('}') && !line.ends_with('Z');
                *(if is_cut { &mut before } else { &mut after }) += 1;
            }
        }
        let either = u64::from(case.options.mismatches > 0);
        // The ids of a CSV row are its last columns.
        let least_before = match case.options.kind {
            Kind::Csv => 0,
            _ => either,
        };
        assert!(before >= least_before && after >= either, "{}", case.name);
    }
}

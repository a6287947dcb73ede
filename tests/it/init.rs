//! `init`: what it proposes makes a merge succeed as it stands, and what it says is so.

use serde_json::Value;

use crate::harness::{Run, Scratch, capture, files, label};

/// Runs `init` with these arguments and gives its findings.
#[track_caller]
pub(crate) fn init(scratch: &Scratch, args: &[&str]) -> Value {
    let run = scratch.run(&[&["init", "--output=json"], args].concat());
    run.expect_status(0).json()["findings"].clone()
}

/// Merges by the file that `init` wrote, unedited, and gives the report.
#[track_caller]
pub(crate) fn merge_unedited(scratch: &Scratch) -> Value {
    let args = ["merge", "--config", "groundline.toml", "--output", "json"];
    scratch.run(&args).expect_status(0).json()
}

/// `key = value` lines of the file that `init` wrote, without comments.
fn lines(scratch: &Scratch) -> Vec<String> {
    let text = std::fs::read_to_string(scratch.path("groundline.toml")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

#[track_caller]
fn assert_has(lines: &[String], expected: &[&str]) {
    for line in expected {
        assert!(lines.iter().any(|l| l == line), "no `{line}` in {lines:#?}");
    }
}

#[track_caller]
fn says(run: &Run, parts: &[&str]) {
    for part in parts {
        assert!(run.stderr.contains(part), "no `{part}` in\n{}", run.stderr);
    }
}

/// A made-up corpus is proposed what its own configuration says, and gives the same hour files.
#[track_caller]
fn a_corpus_is_understood(options: &[&str], source: &str) {
    let scratch = Scratch::new();
    let synth = [
        "synth",
        "--out",
        "corpus",
        "--records",
        "300",
        "--hours",
        "3",
    ];
    scratch
        .run(&[&synth[..], options].concat())
        .expect_status(0);
    let folder = format!("corpus/{source}");
    init(
        &scratch,
        &[&format!("--{source}"), &folder, "--labels", "corpus/labels"],
    );
    let report = merge_unedited(&scratch);

    let own = [
        "merge",
        "--config",
        "corpus/groundline.toml",
        "--all",
        "--output",
        "json",
    ];
    let own = scratch.run(&own).expect_status(0).json();
    let sum = |report: &Value| -> (u64, u64) {
        let models = report["models"].as_array().unwrap();
        let count = |name| {
            let predictions = models.iter().map(|m| &m["ledger"]["predictions"]);
            predictions.map(|p| p[name].as_u64().unwrap()).sum()
        };
        (count("read"), count("labelled"))
    };
    assert_eq!(sum(&report), sum(&own));
    // As many values as the corpus's own configuration finds; what has no output has none.
    let valued = |below: &str| {
        let rows = scratch.rows(below);
        let valued = rows.iter();
        valued
            .filter(|row| row["prediction"].is_some() && row["probability"].is_some())
            .count()
    };
    assert_eq!(valued("out/merged"), valued("corpus/merged/merged"));
    assert!(valued("out/merged") > 250);
}

#[test]
fn an_endpoint_corpus_is_understood() {
    a_corpus_is_understood(&["--kind", "endpoint"], "captures");
}

#[test]
fn several_endpoints_of_different_payloads_are_understood() {
    a_corpus_is_understood(
        &[
            "--kind",
            "endpoint",
            "--endpoints",
            "3",
            "--records-per-event",
            "3",
            "--variety",
        ],
        "captures",
    );
}

#[test]
fn a_csv_transform_is_understood_and_its_outputs_are_found() {
    a_corpus_is_understood(&["--kind", "csv"], "transforms");
}

#[test]
fn a_json_transform_is_understood() {
    a_corpus_is_understood(
        &["--kind", "json", "--records-per-event", "4"],
        "transforms",
    );
}

#[test]
fn a_json_lines_transform_is_understood() {
    a_corpus_is_understood(&["--kind", "jsonl"], "transforms");
}

/// Captures `e0…` of one hour with these outputs, and their labels an hour later.
fn small(scratch: &Scratch, outputs: &[(&str, &str)]) {
    let (mut captures, mut labels) = (String::new(), String::new());
    for (number, (output, value)) in outputs.iter().enumerate() {
        let id = format!("e{number}");
        captures += &capture(&id, None, "2026-11-01T05:10:00Z", output);
        labels += &label(&id, value);
    }
    scratch.write("captures/churn/AllTraffic/2026/11/01/05/a.jsonl", captures);
    scratch.write("labels/2026/11/01/06/l.jsonl", labels);
}

const BOTH: [&str; 4] = ["--captures", "captures", "--labels", "labels"];

#[test]
fn classes_that_are_not_0_and_1_are_named() {
    let scratch = Scratch::new();
    small(
        &scratch,
        &[("0.9", "True."), ("0.2", "False."), ("0.7", "True.")],
    );
    init(&scratch, &BOTH);
    assert_has(
        &lines(&scratch),
        &[
            "problem_type = \"BinaryClassification\"",
            "probability_attribute = \"0\"",
            "positive_class = \"True.\"",
            "negative_class = \"False.\"",
            "from = \"2026-11-01T05\"",
            "to = \"2026-11-01T06\"",
        ],
    );
    merge_unedited(&scratch);
    let rows = scratch.rows("out/merged");
    assert_eq!(rows[0]["prediction"].as_deref(), Some("True."));
    assert_eq!(rows[0]["label"].as_deref(), Some("True."));
}

#[test]
fn numbers_as_labels_are_regression() {
    let scratch = Scratch::new();
    small(
        &scratch,
        &[("101.5", "99.5"), ("88.25", "90.1"), ("12", "14.5")],
    );
    init(&scratch, &BOTH);
    assert_has(
        &lines(&scratch),
        &[
            "problem_type = \"Regression\"",
            "inference_attribute = \"0\"",
        ],
    );
    merge_unedited(&scratch);
    assert_eq!(
        scratch.rows("out/merged")[0]["prediction_value"].as_deref(),
        Some("101.5")
    );
}

#[test]
fn what_cannot_be_told_stays_open_and_still_merges() {
    let scratch = Scratch::new();
    small(
        &scratch,
        &[("good morning", "1"), ("good evening to you", "0")],
    );
    let findings = init(&scratch, &BOTH);
    let notes = findings["models"][0]["notes"].to_string();
    assert!(notes.contains("problem_type stays open"), "{notes}");
    assert!(
        !lines(&scratch)
            .iter()
            .any(|line| line.starts_with("problem_type"))
    );
    merge_unedited(&scratch);
    assert_eq!(scratch.rows("out/merged").len(), 2);
}

#[test]
fn labels_that_name_event_ids_where_captures_have_inference_ids_match_either() {
    let scratch = Scratch::new();
    let captures: String = (0..20)
        .map(|n| {
            capture(
                &format!("e{n}"),
                Some(&format!("i{n}")),
                "2026-11-01T05:10:00Z",
                "0.5",
            )
        })
        .collect();
    let labels: String = (0..20).map(|n| label(&format!("e{n}"), "1")).collect();
    scratch.write("captures/churn/AllTraffic/2026/11/01/05/a.jsonl", captures);
    scratch.write("labels/2026/11/01/05/l.jsonl", labels);
    let findings = init(&scratch, &BOTH);
    assert_eq!(
        findings["models"][0]["matching"]["ways"][0]["labels_matched"],
        0
    );
    assert_has(&lines(&scratch), &["match = \"either\""]);
    let report = merge_unedited(&scratch);
    assert_eq!(report["models"][0]["ledger"]["predictions"]["labelled"], 20);
}

#[test]
fn labels_that_use_inference_id_are_found_by_it() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1"), ("0.2", "0"), ("0.4", "0")]);
    let text = std::fs::read_to_string(scratch.path("labels/2026/11/01/06/l.jsonl")).unwrap();
    scratch.write(
        "labels/2026/11/01/06/l.jsonl",
        text.replace("eventId", "inferenceId"),
    );
    init(&scratch, &BOTH);
    assert_has(
        &lines(&scratch),
        &[
            "label_id_field = \"inferenceId\"",
            "probability_attribute = \"0\"",
        ],
    );
    let report = merge_unedited(&scratch);
    assert_eq!(report["models"][0]["ledger"]["predictions"]["labelled"], 3);
}

#[test]
fn an_id_in_the_payload_is_found() {
    let scratch = Scratch::new();
    let (mut captures, mut labels) = (String::new(), String::new());
    for n in 0..20 {
        let output = format!("0.{n:02}5,order-{n}");
        captures += &capture(&format!("e{n}"), None, "2026-11-01T05:10:00Z", &output);
        labels += &label(&format!("order-{n}"), if n % 2 == 0 { "1" } else { "0" });
    }
    scratch.write("captures/churn/AllTraffic/2026/11/01/05/a.jsonl", captures);
    scratch.write("labels/2026/11/01/05/l.jsonl", labels);
    init(&scratch, &BOTH);
    assert_has(
        &lines(&scratch),
        &["id_attribute = \"1\"", "probability_attribute = \"0\""],
    );
    let report = merge_unedited(&scratch);
    assert_eq!(report["models"][0]["ledger"]["predictions"]["labelled"], 20);
}

/// Neither setting alone matches anything: both must be proposed together.
#[test]
fn labels_by_inference_id_of_ids_in_the_payload_are_found() {
    let scratch = Scratch::new();
    let (mut captures, mut labels) = (String::new(), String::new());
    for n in 0..20 {
        let output = format!("0.{n:02}5,order-{n}");
        captures += &capture(&format!("e{n}"), None, "2026-11-01T05:10:00Z", &output);
        labels += &label(&format!("order-{n}"), if n % 2 == 0 { "1" } else { "0" });
    }
    scratch.write("captures/churn/AllTraffic/2026/11/01/05/a.jsonl", captures);
    let labels = labels.replace("eventId", "inferenceId");
    scratch.write("labels/2026/11/01/05/l.jsonl", labels);
    let findings = init(&scratch, &BOTH);
    assert_eq!(findings["labels"]["sampled"], 20);
    assert_eq!(findings["labels"]["rejected"], 0);
    assert_has(
        &lines(&scratch),
        &[
            "label_id_field = \"inferenceId\"",
            "id_attribute = \"1\"",
            "probability_attribute = \"0\"",
        ],
    );
    let report = merge_unedited(&scratch);
    assert_eq!(report["models"][0]["ledger"]["predictions"]["labelled"], 20);
}

/// By `eventId` every label would be a reject and the merge would stop, whether the ids meet or not.
#[test]
fn labels_that_only_have_inference_id_are_read_by_it_even_if_none_matches() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1"), ("0.2", "0")]);
    let labels = label("x0", "1") + &label("x1", "0");
    scratch.write(
        "labels/2026/11/01/06/l.jsonl",
        labels.replace("eventId", "inferenceId"),
    );
    let findings = init(&scratch, &BOTH);
    let notes = findings["models"][0]["notes"].to_string();
    assert!(
        notes.contains("none of 2 labels names a prediction"),
        "{notes}"
    );
    assert_has(&lines(&scratch), &["label_id_field = \"inferenceId\""]);
    merge_unedited(&scratch);
}

#[test]
fn labels_from_long_before_widen_the_lead() {
    let scratch = Scratch::new();
    let capture = capture("e0", None, "2026-11-05T05:10:00Z", "0.5");
    scratch.write("captures/churn/AllTraffic/2026/11/05/05/a.jsonl", capture);
    scratch.write("labels/2026/11/01/06/l.jsonl", label("e0", "1"));
    init(&scratch, &BOTH);
    assert_has(&lines(&scratch), &["label_lead = \"P4D\""]);
    let report = merge_unedited(&scratch);
    assert_eq!(report["models"][0]["ledger"]["predictions"]["labelled"], 1);
}

#[test]
fn near_misses_are_told() {
    let scratch = Scratch::new();
    let capture = capture("Order-1", None, "2026-11-01T05:10:00Z", "0.5");
    scratch.write("captures/churn/AllTraffic/2026/11/01/05/a.jsonl", capture);
    scratch.write("labels/2026/11/01/06/l.jsonl", label("order-1", "1"));
    let findings = init(&scratch, &BOTH);
    let miss = &findings["models"][0]["matching"]["near_misses"][0];
    assert_eq!(miss["what"], "the id differs by case");
    assert_eq!(
        (&miss["label"], &miss["prediction"]),
        (&"order-1".into(), &"Order-1".into())
    );
}

#[test]
fn endpoints_of_different_payloads_become_models_of_their_own() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1"), ("0.2", "0")]);
    let outputs = [
        r#"{"score":0.25,"predicted_label":0}"#,
        r#"{"score":0.75,"predicted_label":1}"#,
    ];
    let captures: String = outputs
        .iter()
        .enumerate()
        .map(|(n, output)| capture(&format!("j{n}"), None, "2026-11-01T05:10:00Z", output))
        .collect();
    // The harness writes CSV payloads; this endpoint answers in JSON.
    let captures = captures.replace(r#"0}","encoding":"CSV""#, r#"0}","encoding":"JSON""#);
    let captures = captures.replace(r#"1}","encoding":"CSV""#, r#"1}","encoding":"JSON""#);
    scratch.write("captures/income/AllTraffic/2026/11/01/05/a.jsonl", captures);
    init(&scratch, &BOTH);
    assert_has(
        &lines(&scratch),
        &[
            "name = \"churn\"",
            "endpoints = [\"churn\"]",
            "probability_attribute = \"0\"",
            "name = \"income\"",
            "endpoints = [\"income\"]",
            "probability_attribute = \"score\"",
            "inference_attribute = \"predicted_label\"",
        ],
    );
    let report = merge_unedited(&scratch);
    assert_eq!(report["models"].as_array().unwrap().len(), 2);
}

/// Endpoints and variants of one payload, each with these inference ids, and a label for each id.
fn places(scratch: &Scratch, places: &[(&str, &[&str])]) {
    let mut labels = std::collections::BTreeSet::new();
    for (number, (place, ids)) in places.iter().enumerate() {
        let captures: String = ids
            .iter()
            .map(|id| {
                labels.insert(label(id, "1"));
                let event = format!("{number}-{id}");
                capture(&event, Some(id), "2026-11-01T05:10:00Z", "0.5")
            })
            .collect();
        scratch.write(&format!("captures/{place}/2026/11/01/05/a.jsonl"), captures);
    }
    let labels: String = labels.into_iter().collect();
    scratch.write("labels/2026/11/01/06/l.jsonl", labels);
}

/// The join is per model: as one model a label would be given to both endpoints, as a repeated key.
#[test]
fn endpoints_whose_keys_cross_are_models_of_their_own_and_others_are_one() {
    let scratch = Scratch::new();
    places(
        &scratch,
        &[
            ("blue/AllTraffic", &["order-1", "order-2"]),
            ("green/AllTraffic", &["order-2", "order-3"]),
            ("red/AllTraffic", &["order-4"]),
        ],
    );
    let findings = init(&scratch, &BOTH);
    assert_has(
        &lines(&scratch),
        &["endpoints = [\"blue\", \"red\"]", "endpoints = [\"green\"]"],
    );
    let notes = findings["models"][0]["notes"].to_string();
    let said = "1 of the keys that were read are of blue/AllTraffic and of green/AllTraffic, for example `order-2`";
    assert!(notes.contains(said), "{notes}");
    let report = merge_unedited(&scratch);
    let labelled = |model: usize| &report["models"][model]["ledger"]["predictions"]["labelled"];
    assert_eq!((labelled(0), labelled(1)), (&3.into(), &2.into()));
    assert!(
        !report.to_string().contains("\"repeated_key\":1"),
        "{report}"
    );
}

#[test]
fn variants_whose_keys_cross_are_selected_exactly() {
    let scratch = Scratch::new();
    places(
        &scratch,
        &[
            ("a/main", &["order-1"]),
            ("a/shadow", &["order-1"]),
            ("b/main", &["order-2"]),
            ("b/shadow", &["order-3"]),
        ],
    );
    init(&scratch, &BOTH);
    let report = merge_unedited(&scratch);
    let models = report["models"].as_array().unwrap();
    let read: u64 = models
        .iter()
        .map(|model| model["ledger"]["predictions"]["read"].as_u64().unwrap())
        .sum();
    assert_eq!(read, 4, "{report:#}");
    assert!(
        !report.to_string().contains("\"repeated_key\":1"),
        "{report}"
    );
    assert_has(
        &lines(&scratch),
        &["name = \"a-main\"", "name = \"a-shadow\""],
    );
}

#[test]
fn a_payload_that_changed_is_mapped_from_the_hour_of_the_change() {
    let scratch = Scratch::new();
    let mut labels = String::new();
    for hour in 0..24 {
        let time = format!("2026-11-01T{hour:02}:10:00Z");
        let mut captures = String::new();
        for n in 0..4 {
            let id = format!("e{hour}-{n}");
            let score = format!("0.{hour:02}{n}5");
            captures += &if hour < 13 {
                capture(&id, None, &time, &score)
            } else {
                // The harness writes CSV payloads; from this hour on the endpoint answers in JSON.
                let line = capture(&id, None, &time, &format!(r#"{{"score":{score}}}"#));
                let (input, output) = line.split_once("endpointOutput").unwrap();
                format!("{input}endpointOutput{}", output.replace("CSV", "JSON"))
            };
            labels += &label(&id, if n % 2 == 0 { "1" } else { "0" });
        }
        let file = format!("captures/churn/AllTraffic/2026/11/01/{hour:02}/a.jsonl");
        scratch.write(&file, captures);
    }
    scratch.write("labels/2026/11/02/00/l.jsonl", labels);
    let findings = init(&scratch, &BOTH);
    let mapping = &findings["models"][0]["mappings"][0];
    assert_eq!(mapping["from"], "2026-11-01T13");
    assert_has(
        &lines(&scratch),
        &[
            "probability_attribute = \"0\"",
            "[[model.mapping]]",
            "from = \"2026-11-01T13\"",
            "probability_attribute = \"score\"",
        ],
    );
    let report = merge_unedited(&scratch);
    assert_eq!(report["models"].as_array().unwrap().len(), 1);
    let rows = scratch.rows("out/merged");
    assert_eq!(rows.len(), 96);
    assert!(rows.iter().all(|row| row["probability"].is_some()));
}

#[test]
fn a_path_inside_the_layout_selects_what_it_names() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1"), ("0.2", "0")]);
    let other = capture("x", None, "2026-11-01T05:10:00Z", "7");
    scratch.write("captures/other/AllTraffic/2026/11/01/05/a.jsonl", other);
    init(
        &scratch,
        &[
            "--captures",
            "captures/churn/AllTraffic",
            "--labels",
            "labels/2026/11",
        ],
    );
    assert_has(
        &lines(&scratch),
        &[
            "captures = \"captures\"",
            "endpoints = [\"churn\"]",
            "variants = [\"AllTraffic\"]",
            "labels = \"labels\"",
        ],
    );
    assert_eq!(
        merge_unedited(&scratch)["models"][0]["ledger"]["predictions"]["read"],
        2
    );
}

#[test]
fn captures_and_labels_that_were_mixed_up_are_recognised() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1")]);
    let run = scratch
        .run(&["init", "--captures", "labels", "--labels", "captures"])
        .expect_status(2);
    says(
        &run,
        &[
            "`labels` is given as --captures, but it holds ground-truth labels: 2026/11/01/06/l.jsonl",
            "try groundline init --captures captures --labels labels",
        ],
    );
    let run = scratch
        .run(&[
            "init",
            "--captures",
            "captures",
            "--labels",
            "captures/churn/AllTraffic",
        ])
        .expect_status(2);
    says(
        &run,
        &[
            "given as --labels, but it holds endpoint captures",
            "try groundline init --captures captures --labels DIR",
        ],
    );
    assert!(!scratch.path("groundline.toml").exists());
}

/// A bucket with everything in it is neither captures nor labels: its prefixes are.
#[test]
fn the_right_prefixes_of_a_whole_bucket_are_found_or_named() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1"), ("0.2", "0")]);
    std::fs::create_dir(scratch.path("bucket")).unwrap();
    for name in ["captures", "labels"] {
        std::fs::rename(scratch.path(name), scratch.path(&format!("bucket/{name}"))).unwrap();
    }
    let run = scratch
        .run(&["init", "--captures", "bucket/labels", "--labels", "bucket"])
        .expect_status(2);
    let right = "groundline init --captures bucket/captures --labels bucket/labels";
    says(&run, &[&format!("try {right}")]);
    // The captures begin before the labels in the listing, and the labels are found all the same.
    init(&scratch, &["--captures", "bucket", "--labels", "bucket"]);
    assert_has(
        &lines(&scratch),
        &[
            "captures = \"bucket/captures\"",
            "labels = \"bucket/labels\"",
        ],
    );
    merge_unedited(&scratch);
    // Deeper than one level they are named.
    let (from, to) = (
        scratch.path("bucket/labels"),
        scratch.path("bucket/gt/team"),
    );
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    std::fs::rename(from, to).unwrap();
    let args = [
        "init",
        "--captures",
        "bucket",
        "--labels",
        "bucket",
        "--force",
    ];
    let run = scratch.run(&args).expect_status(2);
    says(
        &run,
        &["try groundline init --captures bucket/captures --labels bucket/gt/team"],
    );
}

#[test]
fn transforms_given_as_captures_are_recognised() {
    let scratch = Scratch::new();
    scratch.write("batch/job/a.csv.out", "0.5,id-1,2026-11-01T05:00:00Z\n");
    scratch.write("labels/2026/11/01/06/l.jsonl", label("id-1", "1"));
    let run = scratch
        .run(&["init", "--captures", "batch", "--labels", "labels"])
        .expect_status(2);
    says(
        &run,
        &[
            "holds batch transform outputs: job/a.csv.out",
            "try groundline init --transforms batch --labels labels",
        ],
    );
}

#[test]
fn an_empty_or_wrong_place_says_what_was_looked_for_and_what_is_there() {
    let scratch = Scratch::new();
    scratch.write("stuff/readme.txt", "hello");
    let run = scratch
        .run(&["init", "--captures", "stuff", "--labels", "stuff"])
        .expect_status(2);
    says(
        &run,
        &["{endpoint}/{variant}/yyyy/mm/dd/hh", "readme.txt", "hint: "],
    );
    let run = scratch.run(&["init", "--labels", "stuff"]).expect_status(2);
    says(
        &run,
        &["no predictions are given", "--captures DIR --labels stuff"],
    );
}

#[test]
fn a_configuration_that_is_there_stays_unless_forced() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1")]);
    scratch.write("groundline.toml", "# mine\n");
    let args = [&["init"], &BOTH[..]].concat();
    let run = scratch.run(&args).expect_status(2);
    says(&run, &["`groundline.toml` is there already", "--force"]);
    let text = || std::fs::read_to_string(scratch.path("groundline.toml")).unwrap();
    assert_eq!(text(), "# mine\n");
    scratch
        .run(&[&args[..], &["--force"]].concat())
        .expect_status(0);
    assert!(text().contains("[[model]]"), "{}", text());
    // Nothing unfinished stays beside it.
    assert_eq!(files(&scratch.path("")).len(), 3);
}

#[test]
fn the_output_may_not_lie_inside_the_input() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1")]);
    let run = scratch
        .run(&[&["init", "--out", "captures/merged"], &BOTH[..]].concat())
        .expect_status(2);
    says(
        &run,
        &["`captures/merged` lies inside the input `captures`"],
    );
}

#[test]
fn the_configuration_may_be_anywhere_and_finds_its_inputs() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1"), ("0.2", "0")]);
    scratch.write("conf/readme", "");
    let args = [&["init", "--config", "conf/g.toml", "--quiet"], &BOTH[..]].concat();
    scratch.run(&args).expect_status(0);
    scratch
        .run(&["merge", "--config", "conf/g.toml"])
        .expect_status(0);
    assert_eq!(scratch.rows("out/merged").len(), 2);
}

#[test]
fn without_labels_the_outputs_alone_are_described() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1"), ("0.2", "0")]);
    let run = scratch
        .run(&["init", "--captures", "captures"])
        .expect_status(0);
    says(&run, &["run it again with --labels"]);
    assert_has(&lines(&scratch), &["probability_attribute = \"0\""]);
}

#[test]
fn records_that_cannot_be_read_are_counted_and_located() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1"), ("0.2", "0")]);
    let good = capture("x", None, "2026-11-01T05:10:00Z", "0.5");
    scratch.write(
        "captures/churn/AllTraffic/2026/11/01/05/b.jsonl",
        format!("{{'captureData': 1}}\n{good}"),
    );
    let findings = init(&scratch, &BOTH);
    let model = &findings["models"][0];
    assert_eq!(model["rejected"], 1);
    let notes = model["notes"].to_string();
    assert!(notes.contains("b.jsonl at byte 0: python_repr"), "{notes}");
    let why = findings["rejects"]["why"].as_str().unwrap();
    assert!(why.contains("1 of 4 captures"), "{why}");
    assert!(why.contains("b.jsonl at byte 0: python_repr"), "{why}");
    // A quarter of the hour, and room for more.
    assert_has(&lines(&scratch), &["max_rejects = \"50%\""]);
    let text = std::fs::read_to_string(scratch.path("groundline.toml")).unwrap();
    assert!(text.contains(&format!("# {why}\nmax_rejects")), "{text}");
    let report = merge_unedited(&scratch);
    assert_eq!(report["models"][0]["ledger"]["predictions"]["rejected"], 1);
}

/// The sample alone would not see them: both stand behind many good records.
#[test]
fn rejects_of_labels_and_deep_in_a_file_are_accepted_too() {
    let scratch = Scratch::new();
    let (mut captures, mut labels) = (String::new(), String::new());
    for n in 0..1_000 {
        let output = format!("0.{n:03}5");
        captures += &capture(&format!("e{n}"), None, "2026-11-01T05:10:00Z", &output);
        labels += &label(&format!("e{n}"), if n % 2 == 0 { "1" } else { "0" });
        if n == 900 {
            captures += "{\n";
            labels += &label("x", "1").replace("eventId", "noId").repeat(12);
        }
    }
    scratch.write("captures/churn/AllTraffic/2026/11/01/05/a.jsonl", captures);
    scratch.write("labels/2026/11/01/06/l.jsonl", labels);
    let findings = init(&scratch, &BOTH);
    let why = findings["rejects"]["why"].as_str().unwrap();
    assert!(
        why.contains("1 of 1001 captures, 12 of 1012 labels"),
        "{why}"
    );
    assert_has(&lines(&scratch), &["max_rejects = \"5%\""]);
    merge_unedited(&scratch);
}

#[test]
fn an_hour_of_nothing_but_rejects_is_accepted_by_number() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1"), ("0.2", "0"), ("0.4", "0")]);
    scratch.write("captures/churn/AllTraffic/2026/11/01/04/a.jsonl", "{}\n");
    init(&scratch, &BOTH);
    assert_has(&lines(&scratch), &["max_rejects = \"2\""]);
    merge_unedited(&scratch);
}

#[test]
fn where_most_records_are_rejects_none_is_accepted_and_it_is_said_why() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1"), ("0.2", "0")]);
    let bad = label("x", "1").replace("eventId", "noId").repeat(3);
    scratch.write("labels/2026/11/01/06/m.jsonl", bad);
    let findings = init(&scratch, &BOTH);
    let why = findings["rejects"]["why"].as_str().unwrap();
    assert!(why.contains("3 of 5 labels"), "{why}");
    assert!(why.contains("more than half of labels"), "{why}");
    assert!(
        !lines(&scratch)
            .iter()
            .any(|line| line.contains("max_rejects"))
    );
    let text = std::fs::read_to_string(scratch.path("groundline.toml")).unwrap();
    assert!(text.contains(why), "{text}");
}

#[test]
fn without_rejects_the_limit_is_a_comment() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1"), ("0.2", "0")]);
    let findings = init(&scratch, &BOTH);
    assert!(findings["rejects"].is_null());
    let text = std::fs::read_to_string(scratch.path("groundline.toml")).unwrap();
    assert!(text.contains("\n# max_rejects = \"1%\"\n"), "{text}");
}

/// What is printed is what was listed, and no file is counted twice because it was opened twice.
#[test]
fn numbers_of_files_are_those_of_the_listing_and_at_least_where_it_was_cut() {
    let scratch = Scratch::new();
    small(&scratch, &[("0.9", "1"), ("0.2", "0")]);
    let findings = init(&scratch, &BOTH);
    assert_eq!(findings["read"]["objects"], 2);
    assert_eq!(findings["labels"]["files"], 1);
    assert_eq!(findings["labels"]["at_least"], false);
    // More days than are listed.
    for day in 1..=70 {
        let (month, day) = (1 + day / 28, 1 + day % 28);
        let file = format!("labels/2026/{month:02}/{day:02}/06/l.jsonl");
        scratch.write(&file, label("e0", "1"));
    }
    let run = scratch.run(&[&["init", "--force"], &BOTH[..]].concat());
    let run = run.expect_status(0);
    assert!(run.stdout.contains("| at least 62 |"), "{}", run.stdout);
    // Hours that have no predictions were not read.
    assert!(
        run.stdout.contains("a sample: 1 hour of predictions"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("| in 62 of 71 days |"),
        "{}",
        run.stdout
    );
    let text = std::fs::read_to_string(scratch.path("groundline.toml")).unwrap();
    assert!(
        text.contains("# at least 62 files of labels from"),
        "{text}"
    );
    // Of a folder of outputs all are listed, and some are looked into.
    for n in 0..40 {
        let row = format!("0.{n}5,id-{n},2026-11-01T05:00:00Z\n");
        scratch.write(&format!("batch/{n:02}.csv.out"), row);
    }
    let args = ["--transforms", "batch", "--labels", "labels", "--force"];
    let place = &init(&scratch, &args)["sources"][0]["places"][0];
    assert_eq!(place["files"], 40);
    assert_eq!(place["at_least"], false);
}

#[test]
fn names_and_values_from_the_bucket_cannot_break_the_file() {
    let scratch = Scratch::new();
    let line = capture("e0", None, "2026-11-01T05:10:00Z", "0.5\\n\"x\" # ]");
    scratch.write("captures/a \"b\" # c/v\\w/2026/11/01/05/a.jsonl", line);
    scratch.write("labels/2026/11/01/06/l.jsonl", label("e0", "\\\"\\n"));
    init(&scratch, &BOTH);
    merge_unedited(&scratch);
}

#[test]
fn the_same_data_gives_the_same_answer() {
    let scratch = Scratch::new();
    let synth = [
        "synth",
        "--out",
        "corpus",
        "--records",
        "500",
        "--hours",
        "5",
        "--variety",
    ];
    scratch
        .run(&[&synth[..], &["--endpoints", "2"]].concat())
        .expect_status(0);
    let args = [
        "init",
        "--captures",
        "corpus/captures",
        "--labels",
        "corpus/labels",
        "--force",
    ];
    let runs = [0, 1].map(|_| {
        let run = scratch.run(&args).expect_status(0);
        let text = std::fs::read_to_string(scratch.path("groundline.toml")).unwrap();
        (run.stdout, text)
    });
    assert_eq!(runs[0], runs[1]);
}

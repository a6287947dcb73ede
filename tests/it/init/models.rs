//! Endpoints, variants and hours that are not alike.

use super::{BOTH, assert_has, init, lines, merge_unedited, small};
use crate::harness::{Scratch, capture, label};

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

//! Which unmatched labels are told one by one is a rule of the rows: the same for every plan, however low the limits.

use std::sync::Arc;

use groundline_capture::LabelId;
use groundline_engine::{
    LabelSource, Mapping, MaxRejects, MergeOptions, Model, Plan, Policy, Resources, Silent, Source,
    UnmatchedLimits, merge,
};
use tokio::runtime::Runtime;

use crate::harness::{Scratch, capture, label};

const TIME: &str = "2026-11-01T00:10:00Z";

/// A capture that the `where` of [`run`] leaves out.
fn probe(id: &str) -> String {
    let line = capture(id, None, TIME, "0.9");
    let attributes = r#""eventMetadata":{"customAttributes":["probe"],"#;
    line.replacen(r#""eventMetadata":{"#, attributes, 1)
}

/// Merges `captures` of the endpoint `ep` with `labels` by a plan.
fn run(scratch: &Scratch, plan: Plan, unmatched: UnmatchedLimits) {
    let path = |below: &str| scratch.path(below).display().to_string();
    let model = Model {
        name: "m".to_owned(),
        source: Source::Captures {
            uri: path("captures"),
        },
        endpoints: vec!["ep".to_owned()],
        variants: Vec::new(),
        labels: LabelSource::GroundTruth {
            uri: path("labels"),
        },
        label_id: LabelId::default(),
        id_attribute: None,
        filter: Some("custom_attributes is null".to_owned()),
        capture_percentage: None,
        mapping: Mapping::default(),
        sql: None,
        columns: Vec::new(),
        later_mappings: Vec::new(),
        policy: Policy::default(),
    };
    let options = MergeOptions {
        models: vec![model],
        window: None,
        out: path(&out(plan)),
        columns: None,
        as_of_micros: i64::from(i32::MAX) * 1_000_000,
        max_rejects: MaxRejects::Percent(100.0),
        max_absent: MaxRejects::Percent(100.0),
        reject_bytes: true,
        plan,
        jsonl: false,
        unmatched,
        sql_dir: None,
        resources: Resources::default(),
    };
    let merged = Runtime::new()
        .unwrap()
        .block_on(merge(&options, Arc::new(Silent)));
    merged.unwrap();
}

fn out(plan: Plan) -> String {
    format!("{plan:?}").to_lowercase()
}

/// Key, reason and nearest key of every unmatched label, the same by every plan.
fn unmatched(scratch: &Scratch, limits: UnmatchedLimits) -> Vec<[String; 3]> {
    let plans = [Plan::Fast, Plan::Spilled, Plan::Reference];
    let tables = plans.map(|plan| {
        run(scratch, plan, limits);
        let rows = scratch.rows(&format!("{}/unmatched", out(plan)));
        let of = |column: &str, row: &crate::harness::Row| row[column].clone().unwrap_or_default();
        rows.iter()
            .map(|row| ["key", "reason", "nearest_key"].map(|column| of(column, row)))
            .collect::<Vec<_>>()
    });
    assert_eq!(tables[0], tables[2], "fast and reference, {limits:?}");
    assert_eq!(tables[1], tables[2], "spilled and reference, {limits:?}");
    let hashes = plans.map(|plan| scratch.hashes(&format!("{}/unmatched", out(plan))));
    assert!(hashes.iter().all(|known| *known == hashes[0]));
    tables.into_iter().next().unwrap()
}

/// Labels of all kinds: `a-` come near to a capture and match one that follows, `b-` come near and never match, `c-` are
/// spelled differently, `d-` give the event id, `r-` are of rejected lines, `x-` of another endpoint, `z-` are unknown.
fn corpus() -> Scratch {
    let scratch = Scratch::new();
    let ids = |prefix: &str| (0..8).map(|n| format!("{prefix}-{n}")).collect::<Vec<_>>();
    let mut first = String::new();
    let mut second = String::new();
    // In one file, so that all of them have come near to something before the first is matched; so many that each
    // part of spilled labels has more than are told.
    let matched: Vec<String> = (0..60).map(|n| format!("a-{n}")).collect();
    first.extend(matched.iter().map(|id| probe(id)));
    first.extend(matched.iter().map(|id| capture(id, None, TIME, "0.9")));
    for id in ids("b") {
        second += &probe(&id);
    }
    for id in ids("c") {
        second += &capture(&id.to_uppercase(), None, TIME, "0.9");
    }
    for id in ids("d") {
        first += &capture(&id, Some(&format!("inference-{id}")), TIME, "0.9");
    }
    for id in ids("r") {
        // The line ends too early, behind its id.
        second += &format!("{{\"eventMetadata\":{{\"eventId\":\"{id}\"}},\n");
    }
    let other: String = ids("x")
        .iter()
        .map(|id| capture(id, None, TIME, "0.9"))
        .collect();
    scratch.write("captures/ep/v/2026/11/01/00/x.jsonl", first);
    scratch.write("captures/ep/v/2026/11/01/01/x.jsonl", second);
    scratch.write("captures/other/v/2026/11/01/00/x.jsonl", other);
    // The matching ones first: they take the room that others need.
    let mut labels: String = matched.iter().map(|id| label(id, "1")).collect();
    for prefix in ["r", "b", "z", "x", "c", "d"] {
        labels.extend(ids(prefix).iter().map(|id| label(id, "1")));
    }
    // The first label of a key stands for its copies, which come near to as much.
    labels.extend(ids("b").iter().map(|id| label(id, "1")));
    labels.extend(ids("b").iter().map(|id| label(id, "0")));
    scratch.write("labels/2026/11/01/02/x.jsonl", labels);
    scratch
}

#[test]
fn the_first_labels_that_match_nothing_have_their_nearest_prediction_whatever_the_plan() {
    let scratch = corpus();
    let whole = unmatched(&scratch, UnmatchedLimits::default());
    // r, b, x, c, d, and the other labels of b.
    assert_eq!(whole.iter().filter(|row| !row[2].is_empty()).count(), 48);
    assert_eq!(whole.len(), 56);
    for nearest in [0, 1, 3, 8, 9, 15, 16, 17, 30, 47, 48, 49] {
        let limits = UnmatchedLimits {
            nearest,
            ..UnmatchedLimits::default()
        };
        let mut expected = whole.clone();
        let told = expected.iter_mut().filter(|row| !row[2].is_empty());
        told.skip(nearest).for_each(|row| row[2].clear());
        assert_eq!(unmatched(&scratch, limits), expected, "{nearest}");
    }
}

#[test]
fn the_first_ids_that_nothing_explains_are_looked_for_elsewhere_whatever_the_plan() {
    let scratch = corpus();
    let whole = unmatched(&scratch, UnmatchedLimits::default());
    for elsewhere in [0, 1, 8, 9, 12, 15, 16] {
        let limits = UnmatchedLimits {
            elsewhere,
            ..UnmatchedLimits::default()
        };
        // Ids of rejected records are explained, and take no room; the unknown ones do, and come first.
        let mut expected = whole.clone();
        let unexplained =
            |row: &&mut [String; 3]| ["unknown_id", "other_endpoint"].contains(&row[1].as_str());
        for row in expected.iter_mut().filter(unexplained).skip(elsewhere) {
            row[1] = "unknown_id".to_owned();
            row[2].clear();
        }
        assert_eq!(unmatched(&scratch, limits), expected, "{elsewhere}");
    }
}

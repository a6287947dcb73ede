//! `match = "either"`: whatever the ids, labels and policy, every plan chooses the same labels and says the same of them.

use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};

use crate::harness::{Scratch, capture, label};

/// Hours, and ids that captures and labels share: few, so that they meet in every way.
const HOURS: [&str; 3] = ["00", "01", "02"];
const IDS: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "A", "b ", "i", "j"];

/// Hour, event id, inference id.
type Capture = (usize, usize, Option<usize>);
/// Hour, id, value.
type Label = (usize, usize, u8);

#[derive(Clone, Debug)]
struct Case {
    captures: Vec<Capture>,
    labels: Vec<Label>,
    flags: Vec<&'static str>,
}

fn cases() -> impl Strategy<Value = Case> {
    let hour = || 0..HOURS.len();
    let id = || 0..IDS.len();
    let policies = prop_oneof![Just("latest"), Just("first"), Just("all"), Just("error")];
    (
        prop::collection::vec((hour(), id(), prop::option::of(id())), 1..14),
        prop::collection::vec((hour(), id(), 0..4_u8), 1..24),
        policies,
        prop_oneof![
            Just(&[][..]),
            Just(&["--label-horizon", "PT2H"][..]),
            Just(&["--label-lead", "PT0S"][..]),
            Just(&["--where", "event_id <> 'c'"][..]),
        ],
    )
        .prop_map(|(captures, labels, policy, more)| Case {
            captures,
            labels,
            flags: [&["--duplicate-labels", policy], more].concat(),
        })
}

fn write(scratch: &Scratch, case: &Case) {
    for (hour, name) in HOURS.iter().enumerate() {
        let captures = case.captures.iter().filter(|capture| capture.0 == hour);
        let lines: String = captures
            .map(|(_, event, inference)| {
                let time = format!("2026-11-01T{name}:10:00Z");
                capture(IDS[*event], inference.map(|id| IDS[id]), &time, "0.5")
            })
            .collect();
        let labels = case.labels.iter().filter(|label| label.0 == hour);
        let labels: String = labels
            .map(|(_, id, value)| label(IDS[*id], &value.to_string()))
            .collect();
        if !lines.is_empty() {
            let folder = "captures/shop/AllTraffic/2026/11/01";
            scratch.write(&format!("{folder}/{name}/a.jsonl"), lines);
        }
        if !labels.is_empty() {
            scratch.write(&format!("labels/2026/11/01/{name}/a.jsonl"), labels);
        }
    }
}

fn every_plan_says_the_same(case: &Case) {
    let scratch = Scratch::new();
    write(&scratch, case);
    let mut said = Vec::new();
    for plan in ["reference", "fast", "spilled"] {
        let flags = [
            "merge",
            "--all",
            "--as-of",
            "2026-11-02",
            "--captures",
            "captures",
            "--labels",
            "labels",
            "--probability-attribute",
            "0",
            "--match",
            "either",
            "--out",
            plan,
            "--plan",
            plan,
        ];
        let run = scratch.run(&[&flags, &case.flags[..]].concat());
        let hashes = ["merged", "ledger", "unmatched", "rejects"]
            .map(|below| scratch.hashes(&format!("{plan}/{below}")));
        let notes = |text: &str| text.replace(plan, "OUT");
        said.push((run.status, hashes, notes(&run.stdout), notes(&run.stderr)));
    }
    assert_eq!(said[1], said[0], "fast and reference: {case:?}");
    assert_eq!(said[2], said[0], "spilled and reference: {case:?}");
}

#[test]
fn either_id_gives_the_same_by_every_plan() {
    let mut config = ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 60,
        ..ProptestConfig::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 40;
    }
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(20_261_121);
    }
    let outcome = TestRunner::new(config).run(&cases(), |case| {
        every_plan_says_the_same(&case);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

#[test]
fn labels_of_both_ids_that_lie_in_different_parts_are_told_apart() {
    let captures = (0..8).map(|id| (0, id, Some(11 - id))).collect();
    let labels = (0..12).flat_map(|id| [(0, id, 1), (2, id, 2)]).collect();
    for policy in ["latest", "first", "all"] {
        every_plan_says_the_same(&Case {
            captures: Clone::clone(&captures),
            labels: Clone::clone(&labels),
            flags: vec!["--duplicate-labels", policy],
        });
    }
}

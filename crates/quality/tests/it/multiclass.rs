//! Metrics of several classes: the documented example, scikit-learn's, and that the order of the rows is nothing.

use std::collections::BTreeMap;

use arrow::array::StringArray;
use groundline_quality::{Figure, MOST_CLASSES, Measured, MulticlassState, Reason, SampleMask};
use proptest::prelude::*;
use serde::Deserialize;

fn state(rows: &[(&str, &str, u64)]) -> MulticlassState {
    let mut state = MulticlassState::default();
    let mut number = 0;
    for (actual, predicted, count) in rows {
        for _ in 0..*count {
            state
                .add(actual, predicted, SampleMask::of_row(number))
                .unwrap();
            number += 1;
        }
    }
    state
}

fn measured(rows: &[(&str, &str, u64)]) -> Measured {
    state(rows).finish()
}

fn value(measured: &Measured, metric: &str) -> Option<f64> {
    measured
        .figure(metric)
        .unwrap_or_else(|| panic!("no {metric}"))
        .value
}

#[test]
fn the_documented_matrix_gives_the_documented_values() {
    let measured = measured(&[
        ("0", "0", 1180),
        ("0", "1", 510),
        ("1", "0", 268),
        ("1", "1", 138),
    ]);
    // Of the table in the documentation of model-quality metrics; the best constant classifier is the majority's since
    // (formats.md 6.2), 1690 of 2096, and the macro averages and mcc are by hand from the four counts.
    for (metric, expected) in [
        ("accuracy", 0.6288167938931297),
        ("weighted_recall", 0.6288167938931297),
        ("weighted_precision", 0.6983172269629505),
        ("weighted_f0_5", 0.6803947317178771),
        ("weighted_f1", 0.6571162346664903),
        ("weighted_f2", 0.6384024354394601),
        ("accuracy_best_constant_classifier", 1690.0 / 2096.0),
        ("weighted_recall_best_constant_classifier", 1690.0 / 2096.0),
        (
            "weighted_precision_best_constant_classifier",
            0.6501159970281452,
        ),
        ("weighted_f0_5_best_constant_classifier", 0.6763168204144295),
        ("weighted_f1_best_constant_classifier", 0.7198326094933927),
        ("weighted_f2_best_constant_classifier", 0.7693332936828096),
        ("macro_recall", (1180.0 / 1690.0 + 138.0 / 406.0) / 2.0),
        ("macro_precision", (1180.0 / 1448.0 + 138.0 / 648.0) / 2.0),
        ("macro_f1", (2360.0 / 3138.0 + 276.0 / 1054.0) / 2.0),
        (
            "mcc",
            26160.0 / (1690.0 * 406.0 * 1448.0 * 648.0_f64).sqrt(),
        ),
        ("recall(1)", 138.0 / 406.0),
        ("precision(0)", 1180.0 / 1448.0),
        ("f1(1)", 276.0 / 1054.0),
        ("support(0)", 1690.0),
    ] {
        let got = value(&measured, metric).unwrap();
        assert!(
            (got - expected).abs() < 1e-12,
            "{metric}: {got} is not {expected}"
        );
    }
    let recall = measured.figure("weighted_recall").unwrap();
    let accuracy = measured.figure("accuracy").unwrap();
    assert_eq!(
        (recall.value, recall.interval),
        (accuracy.value, accuracy.interval)
    );
    assert_eq!(measured.rows, 2096);
    assert_eq!(measured.classes, ["0", "1"]);
    let cells: Vec<u64> = measured.confusion.iter().map(|cell| cell.2).collect();
    assert_eq!(cells, [1180, 510, 268, 138]);
}

#[test]
fn sagemakers_metrics_come_first_and_in_its_order() {
    let measured = measured(&[("b", "b", 2), ("a", "b", 1)]);
    let names: Vec<&str> = measured
        .figures
        .iter()
        .map(|figure| figure.metric.as_ref())
        .collect();
    let plain = [
        "accuracy",
        "weighted_recall",
        "weighted_precision",
        "weighted_f0_5",
        "weighted_f1",
        "weighted_f2",
    ];
    assert_eq!(names[..6], plain);
    let constant: Vec<String> = plain
        .iter()
        .map(|name| format!("{name}_best_constant_classifier"))
        .collect();
    assert_eq!(names[6..12], constant);
    assert_eq!(
        names[12..16],
        ["macro_recall", "macro_precision", "macro_f1", "mcc"]
    );
    assert_eq!(
        names[16..20],
        ["recall(a)", "precision(a)", "f1(a)", "support(a)"]
    );
    assert_eq!(names.len(), 24);
}

#[test]
fn two_hundred_rows_have_a_deviation_and_every_interval_holds_its_value() {
    let measured = measured(&[
        ("a", "a", 90),
        ("a", "b", 20),
        ("b", "b", 60),
        ("c", "a", 10),
        ("c", "c", 20),
    ]);
    for figure in &measured.figures {
        if !figure.metric.starts_with("support") {
            assert!(figure.standard_deviation.is_some(), "{figure:?}");
        }
        let Some(interval) = figure.interval else {
            let expected = ["support", "best_constant"]
                .iter()
                .any(|part| figure.metric.contains(part));
            assert!(expected, "{figure:?}");
            continue;
        };
        let value = figure.value.unwrap();
        assert!(
            interval.low < value && value <= interval.high && interval.high <= 1.0,
            "{figure:?}"
        );
    }
}

#[test]
fn zero_by_zero_of_a_class_is_undefined_beside_the_averages() {
    let measured = measured(&[("a", "b", 3), ("c", "b", 1)]);
    let reason = |metric: &str| measured.figure(metric).unwrap().reason;
    assert_eq!(reason("recall(b)"), Some(Reason::ClassWithoutLabels));
    assert_eq!(
        reason("precision(a)"),
        Some(Reason::ClassWithoutPredictions)
    );
    assert_eq!(reason("mcc"), Some(Reason::OneClass));
    assert_eq!(value(&measured, "macro_recall"), Some(0.0));
    assert_eq!(value(&measured, "weighted_precision"), Some(0.0));
}

#[test]
fn without_rows_every_metric_is_undefined() {
    let measured = MulticlassState::default().finish();
    assert_eq!(measured.figures.len(), 16);
    for figure in &measured.figures {
        assert_eq!(
            *figure,
            Figure::undefined(figure.metric.clone(), 0, Reason::NoRows)
        );
    }
}

#[test]
fn one_class_has_the_interval_of_its_accuracy() {
    let measured = measured(&[("a", "a", 50)]);
    let accuracy = measured.figure("accuracy").unwrap().interval.unwrap();
    assert!(accuracy.low < 0.95);
    for metric in ["weighted_precision", "weighted_f2", "macro_f1"] {
        assert_eq!(
            measured.figure(metric).unwrap().interval,
            Some(accuracy),
            "{metric}"
        );
    }
}

#[test]
fn rows_with_a_null_are_skipped() {
    let actual = StringArray::from(vec![Some("a"), None, Some("b"), Some("b")]);
    let predicted = StringArray::from(vec![Some("a"), Some("a"), None, Some("a")]);
    let mut state = MulticlassState::default();
    state
        .update(&actual, &predicted, &[SampleMask::default(); 4])
        .unwrap();
    assert_eq!(state.rows(), 2);
    assert_eq!(value(&state.finish(), "accuracy"), Some(0.5));
}

#[test]
fn a_column_of_ids_is_no_column_of_classes() {
    let mut state = MulticlassState::default();
    for id in 0..MOST_CLASSES {
        let id = format!("customer-{id}-{}", "x".repeat(50));
        state.add(&id, &id, SampleMask::default()).unwrap();
    }
    let message = state
        .add("17.25", "a", SampleMask::default())
        .unwrap_err()
        .to_string();
    let cut = |id: u32| format!("\"customer-{id}-{}…\"", "x".repeat(29));
    let expected = format!(
        "more than 10000 classes, among them {}, {}, \"17.25\": a number or an id may stand where a class belongs; \
         check which attribute is the label and which is the inference",
        cut(0),
        cut(1)
    );
    assert_eq!(message, expected);
    assert_eq!(state.rows(), MOST_CLASSES as u64);
    // Ten thousand classes are still measured, without a cell for each pair.
    assert_eq!(value(&state.finish(), "macro_f1"), Some(1.0));
}

#[test]
fn written_counts_that_cannot_be_are_refused() {
    let tally = |all: u64, held: u64| format!(r#"{{"all":{all},"samples":[{held},0,0,0,0]}}"#);
    for (cells, expected) in [
        (
            format!(r#"["a","b",{}]"#, tally(1, 2)),
            "a sample of a count of classes holds more rows than the count",
        ),
        (
            format!(r#"["a","b",{0}],["b","b",{0}]"#, tally(u64::MAX, 0)),
            "the counts of classes add up to more than 9007199254740992",
        ),
    ] {
        let error = serde_json::from_str::<MulticlassState>(&format!(r#"{{"cells":[{cells}]}}"#));
        assert!(error.unwrap_err().to_string().contains(expected), "{cells}");
    }
}

/// One case of `sklearn/multiclass.py`.
#[derive(Deserialize)]
struct Case {
    name: String,
    actual: Vec<String>,
    predicted: Vec<String>,
    expected: BTreeMap<String, Option<f64>>,
}

#[test]
fn scikit_learn_agrees() {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../sklearn/multiclass.json")).unwrap();
    assert!(cases.len() > 10);
    for case in cases {
        let mut state = MulticlassState::default();
        let masks = vec![SampleMask::default(); case.actual.len()];
        let (actual, predicted) = (
            StringArray::from(case.actual),
            StringArray::from(case.predicted),
        );
        state.update(&actual, &predicted, &masks).unwrap();
        let measured = state.finish();
        assert_eq!(measured.figures.len(), case.expected.len(), "{}", case.name);
        for (metric, expected) in case.expected {
            match (value(&measured, &metric), expected) {
                (Some(got), Some(expected)) => {
                    assert!(
                        (got - expected).abs() < 1e-9,
                        "{}: {metric}: {got} is not {expected}",
                        case.name
                    );
                }
                (got, expected) => assert_eq!(got, expected, "{}: {metric}", case.name),
            }
        }
    }
}

/// Cells of a model of three classes, in shares of 100.
const TRUTH: [(&str, &str, u64); 9] = [
    ("a", "a", 40),
    ("a", "b", 6),
    ("a", "c", 4),
    ("b", "a", 5),
    ("b", "b", 20),
    ("b", "c", 5),
    ("c", "a", 2),
    ("c", "b", 4),
    ("c", "c", 14),
];

#[test]
fn intervals_hold_the_truth_in_about_95_of_100_runs() {
    const RUNS: u64 = 400;
    let truth = measured(&TRUTH);
    let mut held: BTreeMap<String, u64> = BTreeMap::new();
    let mut random = 20_260_821_u64;
    for _ in 0..RUNS {
        let mut state = MulticlassState::default();
        for _ in 0..150 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let mut drawn = (random >> 33) % 100;
            for (actual, predicted, share) in TRUTH {
                if drawn < share {
                    state.add(actual, predicted, SampleMask::default()).unwrap();
                    break;
                }
                drawn -= share;
            }
        }
        for figure in state.finish().figures {
            if let Some(interval) = figure.interval {
                let value = value(&truth, &figure.metric).unwrap();
                let inside = (interval.low..=interval.high).contains(&value);
                *held.entry(figure.metric.into_owned()).or_default() += u64::from(inside);
            }
        }
    }
    assert_eq!(held.len(), 6 + 4 + 9 + 2);
    for (metric, held) in held {
        // Of the best constant classifier the majority is certain here, so that its share is an honest proportion.
        assert!(
            (RUNS * 90 / 100..=RUNS * 99 / 100).contains(&held),
            "{metric}: {held} of {RUNS}"
        );
    }
}

proptest! {
    #[test]
    fn any_split_and_order_and_merging_gives_identical_bits(
        rows in prop::collection::vec(("[a-e1-4]", "[a-e1-4]", any::<u64>()), 0..300)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        parts in 1..6_usize,
    ) {
        let (rows, shuffled) = rows;
        let mut whole = MulticlassState::default();
        for (actual, predicted, key) in &rows {
            whole.add(actual, predicted, SampleMask::of_row(*key)).unwrap();
        }
        let mut states = vec![MulticlassState::default(); parts];
        for (row, (actual, predicted, key)) in shuffled.iter().enumerate() {
            states[row % parts].add(actual, predicted, SampleMask::of_row(*key)).unwrap();
        }
        let mut merged = MulticlassState::default();
        for part in states.iter().rev() {
            let written = serde_json::to_string(part).unwrap();
            merged.merge(&serde_json::from_str(&written).unwrap()).unwrap();
        }
        // `{:?}` of a double is its shortest text, so that equal texts are equal bits.
        prop_assert_eq!(format!("{:?}", merged.finish()), format!("{:?}", whole.finish()));
        prop_assert_eq!(serde_json::to_string(&merged).unwrap(), serde_json::to_string(&whole).unwrap());
    }
}

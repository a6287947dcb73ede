//! Metrics of binary classifiers: against SageMaker's printed numbers, and other orders of the rows.

use std::path::Path;

use arrow::array::{BooleanArray, Float64Array};
use groundline_quality::{BinaryState, Measured, RankState, Ranks, Reason, SampleMask};
use proptest::prelude::*;
use serde_json::Value;

mod scikit_learn;

/// A row: actual, predicted, probability.
type Row = (bool, bool, Option<f64>);

fn ranks(state: &BinaryState, rows: &[Row]) -> Ranks {
    let mut scored: Vec<_> = (0..).zip(rows).collect();
    scored.retain(|(_, row)| row.2.is_some());
    scored.sort_by(|(_, a), (_, b)| b.2.partial_cmp(&a.2).unwrap());
    let mut ranks = RankState::new(state.totals(), 10_000);
    for (number, row) in scored {
        ranks.push(row.2.unwrap(), row.0, SampleMask::of_row(number));
    }
    ranks.finish()
}

fn measure(rows: &[Row]) -> Measured {
    let mut state = BinaryState::default();
    for (number, &(actual, predicted, probability)) in (0..).zip(rows) {
        state.add(actual, predicted, probability, SampleMask::of_row(number));
    }
    state.finish(Some(&ranks(&state, rows)), ["0", "1"])
}

fn value(measured: &Measured, metric: &str) -> f64 {
    measured.figure(metric).unwrap().value.unwrap()
}

fn near(actual: f64, expected: f64, within: f64, what: &str) {
    let close = (actual - expected).abs() <= within * expected.abs().max(1.0);
    assert!(close, "{what}: {actual} is not {expected}");
}

/// So many rows of each cell: tn, fp, fn, tp.
fn of_cells(cells: [usize; 4]) -> Vec<Row> {
    let kinds = [(false, false), (false, true), (true, false), (true, true)];
    let rows = kinds.iter().zip(cells);
    rows.flat_map(|(&(actual, predicted), n)| std::iter::repeat_n((actual, predicted, None), n))
        .collect()
}

#[test]
#[expect(clippy::print_stderr, reason = "says that it was skipped")]
fn sagemaker_baseline_of_churn_is_repeated() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples");
    let file = samples.join("churn-test-data/validation_with_predictions.csv");
    let Ok(text) = std::fs::read_to_string(&file) else {
        eprintln!("skipped: {} is not here", file.display());
        return;
    };
    let mut rows: Vec<Row> = Vec::new();
    for line in text.lines().skip(1) {
        let mut fields = line
            .split(',')
            .map(|field| field.trim().parse::<f64>().unwrap());
        let (probability, predicted, label) = (
            fields.next().unwrap(),
            fields.next().unwrap(),
            fields.next().unwrap(),
        );
        rows.push((label == 1.0, predicted == 1.0, Some(probability)));
    }
    assert_eq!(rows.len(), 201);
    let measured = measure(&rows);
    let printed = samples.join("mq-baseline-binary-churn/2021-05.statistics.reconstructed.json");
    let printed: Value = serde_json::from_slice(&std::fs::read(printed).unwrap()).unwrap();
    let metrics = printed["binary_classification_metrics"]
        .as_object()
        .unwrap();
    let mut compared = 0;
    for (metric, expected) in metrics {
        let Some(expected) = expected["value"].as_f64() else {
            continue;
        };
        // Those of six digits are known by having no more.
        let within = if format!("{expected}").len() > 8 {
            1e-12
        } else {
            5e-7
        };
        near(value(&measured, metric), expected, within, metric);
        assert!(
            measured
                .figure(metric)
                .unwrap()
                .standard_deviation
                .is_some(),
            "{metric}"
        );
        compared += 1;
    }
    assert_eq!(compared, 17);
    // 4551 of 4844 pairs; SageMaker prints ...898, for its trapezoids are rounded one by one.
    assert_eq!(value(&measured, "auc"), 9102.0 / 9688.0);
    assert_eq!(value(&measured, "f0_5"), 0.8695652173913042);
    let curves = measured.curves.unwrap();
    assert!(curves.roc.len() <= 203 && curves.roc.len() as u64 == curves.distinct_scores + 2);
    assert_eq!(curves.roc[1].true_positive_rate, 0.03571428571428571);
    let cells: Vec<u64> = measured.confusion.iter().map(|cell| cell.2).collect();
    assert_eq!(cells, [173, 0, 12, 16]);
}

#[test]
fn printed_digits_of_the_monitoring_run_are_repeated_to_the_last_bit() {
    // formats.md 7.2: the cells of 1892 rows that give these digits.
    let (true_positives, false_negatives) = (156, 1218);
    let (false_positives, true_negatives) = (69, 449);
    let measured = measure(&of_cells([
        true_negatives,
        false_positives,
        false_negatives,
        true_positives,
    ]));
    for (metric, printed) in [
        ("accuracy", 0.31976744186046513),
        ("recall", 0.11353711790393013),
        ("precision", 0.6933333333333334),
        ("f1", 0.19512195121951217),
        ("f2", 0.13633980073413737),
        ("false_positive_rate", 0.13320463320463322),
        ("true_negative_rate", 0.8667953667953667),
        ("false_negative_rate", 0.8864628820960698),
    ] {
        assert_eq!(value(&measured, metric), printed, "{metric}");
    }
}

#[test]
fn figures_come_in_sagemakers_order_and_then_ours() {
    let names: Vec<_> = measure(&[])
        .figures
        .into_iter()
        .map(|figure| figure.metric)
        .collect();
    assert_eq!(
        names.join(" "),
        "recall precision accuracy recall_best_constant_classifier precision_best_constant_classifier \
         accuracy_best_constant_classifier true_positive_rate true_negative_rate false_positive_rate \
         false_negative_rate auc f0_5 f1 f2 f0_5_best_constant_classifier f1_best_constant_classifier \
         f2_best_constant_classifier pr_auc log_loss brier_score balanced_accuracy mcc \
         expected_calibration_error base_rate"
    );
}

#[test]
fn without_rows_nothing_has_a_value() {
    let measured = measure(&[]);
    for figure in &measured.figures {
        let all = (figure.value, figure.reason, figure.n, figure.interval);
        assert_eq!(
            all,
            (None, Some(Reason::NoRows), 0, None),
            "{}",
            figure.metric
        );
    }
    assert_eq!(measured.confusion.len(), 4);
}

#[test]
fn a_zero_denominator_is_zero_for_sagemaker_and_undefined_for_us() {
    let of = |cells, metric: &str| {
        let measured = measure(&of_cells(cells));
        let figure = measured.figure(metric).unwrap();
        (figure.value, figure.reason)
    };
    let all_negative = [7, 0, 0, 0];
    assert_eq!(
        of(all_negative, "recall"),
        (Some(0.0), Some(Reason::NoPositives))
    );
    assert_eq!(
        of(all_negative, "false_negative_rate"),
        (Some(0.0), Some(Reason::NoPositives))
    );
    assert_eq!(
        of(all_negative, "precision"),
        (Some(0.0), Some(Reason::NoPredictedPositives))
    );
    assert_eq!(
        of(all_negative, "f1"),
        (Some(0.0), Some(Reason::NoPositives))
    );
    assert_eq!(
        of(all_negative, "balanced_accuracy"),
        (None, Some(Reason::NoPositives))
    );
    assert_eq!(of(all_negative, "mcc"), (None, Some(Reason::OneClass)));
    assert_eq!(of(all_negative, "auc"), (None, Some(Reason::NoProbability)));
    assert_eq!(
        of([0, 0, 0, 3], "true_negative_rate"),
        (Some(0.0), Some(Reason::NoNegatives))
    );
    // Both sides are there, yet never together: 0 by the counts, no 0/0.
    assert_eq!(of([0, 2, 2, 0], "f1"), (Some(0.0), None));
    assert_eq!(of([0, 2, 2, 0], "mcc"), (Some(-1.0), None));
    // 0.0 for 0/0 counts among the samples, as SageMaker prints it: deviation 0 and not "NaN".
    let measured = measure(&of_cells([300, 0, 0, 0]));
    assert_eq!(
        measured.figure("recall").unwrap().standard_deviation,
        Some(0.0)
    );
    assert_eq!(measured.figure("mcc").unwrap().standard_deviation, None);
}

#[test]
fn constant_classifier_says_the_majority_and_zero_where_there_is_none() {
    let accuracy = |cells| {
        value(
            &measure(&of_cells(cells)),
            "accuracy_best_constant_classifier",
        )
    };
    let recall = |cells| {
        value(
            &measure(&of_cells(cells)),
            "recall_best_constant_classifier",
        )
    };
    assert_eq!((accuracy([1, 0, 3, 0]), recall([1, 0, 3, 0])), (0.75, 1.0));
    assert_eq!((accuracy([0, 3, 0, 1]), recall([0, 3, 0, 1])), (0.75, 0.0));
    assert_eq!((accuracy([1, 1, 1, 1]), recall([1, 1, 1, 1])), (0.5, 0.0));
}

#[test]
fn a_perfect_classifier_is_no_certainty() {
    let measured = measure(&of_cells([10, 0, 0, 10]));
    for metric in ["f0_5", "f1", "f2", "mcc", "balanced_accuracy", "accuracy"] {
        let figure = measured.figure(metric).unwrap();
        let interval = figure.interval.unwrap();
        assert_eq!((figure.value, interval.high), (Some(1.0), 1.0), "{metric}");
        assert!((0.3..0.95).contains(&interval.low), "{metric} {interval:?}");
    }
}

#[test]
fn rows_with_a_null_label_or_prediction_are_skipped() {
    let actual = BooleanArray::from(vec![Some(true), None, Some(false), Some(true)]);
    let predicted = BooleanArray::from(vec![Some(true), Some(true), None, Some(false)]);
    let probability = Float64Array::from(vec![Some(0.9), Some(0.1), Some(0.2), None]);
    let masks: Vec<_> = (0..4).map(SampleMask::of_row).collect();
    let mut state = BinaryState::default();
    state.update(&actual, &predicted, Some(&probability), &masks);
    assert_eq!((state.rows(), state.totals().rows()), (2, 1));
}

/// Uniform doubles from 0 to 1 (the mixer of Steele, Lea and Flood 2014).
fn draw(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ mixed >> 31) >> 11) as f64 / (1_u64 << 53) as f64
}

#[test]
fn intervals_cover_the_truth_nineteen_times_in_twenty() {
    // The score is uniform and the label comes true with it: base rate 1/2, Brier score 1/6, log loss 1/2; above 1/2 both
    // precision and recall are 3/4, hence F and balanced accuracy, and MCC 1/2. AUC: 5/6.
    let truths = [
        ("f1", 0.75),
        ("f2", 0.75),
        ("mcc", 0.5),
        ("balanced_accuracy", 0.75),
        ("precision", 0.75),
        ("auc", 5.0 / 6.0),
        ("brier_score", 1.0 / 6.0),
        ("log_loss", 0.5),
        ("base_rate", 0.5),
    ];
    let mut covered = [0; 9];
    let mut seed = 1;
    for _ in 0..400 {
        let rows: Vec<Row> = (0..200)
            .map(|_| {
                let score = draw(&mut seed);
                (draw(&mut seed) < score, score >= 0.5, Some(score))
            })
            .collect();
        let measured = measure(&rows);
        for (covered, (metric, truth)) in covered.iter_mut().zip(truths) {
            let interval = measured.figure(metric).unwrap().interval.unwrap();
            *covered += usize::from((interval.low..=interval.high).contains(&truth));
        }
    }
    for (covered, (metric, _)) in covered.iter().zip(truths) {
        assert!((360..=396).contains(covered), "{metric}: {covered} of 400");
    }
}

fn any_row() -> impl Strategy<Value = Row> {
    let probability = prop_oneof![
        1 => Just(None),
        2 => (0_u8..=10).prop_map(|tenths| Some(f64::from(tenths) / 10.0)),
        3 => (0.0..=1.0).prop_map(Some),
        1 => Just(Some(1e-300)),
    ];
    (any::<bool>(), any::<bool>(), probability)
}

proptest! {
    #[test]
    fn any_order_and_split_gives_the_same_bits(
        rows in prop::collection::vec(any_row(), 0..300),
        parts in prop::collection::vec(0_usize..4, 300),
    ) {
        let mut whole = BinaryState::default();
        let mut split: [BinaryState; 4] = Default::default();
        for ((number, &(actual, predicted, probability)), &part) in (0..).zip(&rows).zip(&parts) {
            let mask = SampleMask::of_row(number);
            whole.add(actual, predicted, probability, mask);
            split[part].add(actual, predicted, probability, mask);
        }
        let mut merged = BinaryState::default();
        for part in split.iter().rev() {
            // Through its file, as states of hours are kept.
            let part: BinaryState = serde_json::from_slice(&serde_json::to_vec(part).unwrap()).unwrap();
            merged.merge(&part);
        }
        let ranks = ranks(&whole, &rows);
        let (a, b) = (whole.finish(Some(&ranks), ["0", "1"]), merged.finish(Some(&ranks), ["0", "1"]));
        prop_assert_eq!(serde_json::to_string(&a.figures).unwrap(), serde_json::to_string(&b.figures).unwrap());
        prop_assert_eq!(&a, &b);
        prop_assert_eq!(serde_json::to_vec(&whole).unwrap(), serde_json::to_vec(&merged).unwrap());
        for figure in &a.figures {
            let ends = figure.interval.map(|interval| [interval.low, interval.high]);
            let numbers = figure.value.into_iter().chain(figure.standard_deviation).chain(ends.into_iter().flatten());
            for number in numbers {
                prop_assert!(number.is_finite(), "{:?}", figure);
            }
        }
    }
}

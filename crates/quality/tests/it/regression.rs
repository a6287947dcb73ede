//! Regression figures: merging, samples, reasons, and whether intervals cover.

use arrow::array::Float64Array;
use groundline_quality::{
    Measured, Reason, RegressionState, ResidualQuantiles, SAMPLES, SampleMask, standard_deviation,
};
use proptest::prelude::*;

use crate::regression_sklearn::measure;

/// SageMaker's, then ours without quantiles.
const SUMMED: [&str; 6] = ["mae", "mse", "rmse", "r2", "bias", "mape"];

type Row = (f64, f64, u64);

fn state_of(rows: &[Row]) -> RegressionState {
    let mut state = RegressionState::default();
    for &(actual, predicted, key) in rows {
        state.add(actual, predicted, SampleMask::of_row(key));
    }
    state
}

/// Labels and predictions of any size whose fourth powers are numbers still, and keys.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    let number = || {
        prop_oneof![
            4 => -1e3..1e3,
            2 => (-60..60, -10.0..10.0).prop_map(|(exponent, digits)| digits * 10_f64.powi(exponent)),
            1 => prop_oneof![Just(0.0), Just(-0.0), Just(1e300), Just(-1e300), Just(1e-300)],
        ]
    };
    prop::collection::vec((number(), number(), any::<u64>()), 0..260)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_split_order_and_merging_gives_the_same_figures(
        (rows, shuffled) in rows().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        parts in 1_usize..7,
    ) {
        let mut merged = RegressionState::default();
        for part in shuffled.chunks(shuffled.len() / parts + 1) {
            let stored = serde_json::to_string(&state_of(part)).unwrap();
            merged.merge(&serde_json::from_str(&stored).unwrap());
        }
        let whole = state_of(&rows);
        // As text, which also tells 0.0 from -0.0.
        prop_assert_eq!(format!("{:?}", whole.finish(None)), format!("{:?}", merged.finish(None)));
        prop_assert_eq!(serde_json::to_string(&whole).unwrap(), serde_json::to_string(&merged).unwrap());
        prop_assert_eq!(whole, merged);
    }

    #[test]
    fn every_number_of_every_figure_is_finite(rows in rows()) {
        for figure in state_of(&rows).finish(None).figures {
            prop_assert!(figure.value.is_none_or(f64::is_finite), "{figure:?}");
            prop_assert!(figure.standard_deviation.is_none_or(f64::is_finite), "{figure:?}");
            if let Some(interval) = figure.interval {
                prop_assert!(interval.low.is_finite() && interval.high.is_finite(), "{figure:?}");
                let value = figure.value.unwrap();
                prop_assert!(interval.low <= value && value <= interval.high, "{figure:?}");
            }
        }
    }

    #[test]
    fn deviation_is_that_of_the_metric_over_the_rows_of_each_sample(
        rows in prop::collection::vec((-1e3..1e3, -1e3..1e3, any::<u64>()), 200..260),
    ) {
        let samples: [Measured; SAMPLES] = std::array::from_fn(|sample| {
            let held = |row: &&Row| SampleMask::of_row(row.2).holds(sample);
            state_of(&rows.iter().filter(held).copied().collect::<Vec<_>>()).finish(None)
        });
        let whole = state_of(&rows).finish(None);
        for metric in &SUMMED[..4] {
            let values = std::array::from_fn(|sample| samples[sample].figure(metric).unwrap().value);
            let expected = standard_deviation(rows.len() as u64, values);
            prop_assert!(expected.is_some());
            prop_assert_eq!(whole.figure(metric).unwrap().standard_deviation, expected);
        }
        for metric in &SUMMED[4..] {
            prop_assert_eq!(whole.figure(metric).unwrap().standard_deviation, None);
        }
    }
}

/// The counts of AWS's example (formats.md 6.1 and 6.3), classes as numbers: 778 of 2096 are wrong, 406 are 1.
#[test]
fn documented_counts_give_the_documented_r2() {
    let mut rows = Vec::new();
    for (actual, predicted, count) in [
        (0.0, 0.0, 1180),
        (0.0, 1.0, 510),
        (1.0, 0.0, 268),
        (1.0, 1.0, 138),
    ] {
        rows.extend((0..count).map(|key| (actual, predicted, key)));
    }
    let measured = state_of(&rows).finish(None);
    let value = |metric| measured.figure(metric).unwrap().value.unwrap();
    assert_eq!(value("mae"), 778.0 / 2096.0);
    assert_eq!(value("mse"), 778.0 / 2096.0);
    assert_eq!(value("rmse"), (778.0_f64 / 2096.0).sqrt());
    assert_eq!(format!("{:.4}", value("r2")), "-1.3766");
    assert_eq!(value("bias"), (510.0 - 268.0) / 2096.0);
    assert_eq!(
        measured.figure("mape").unwrap().reason,
        Some(Reason::ZeroLabels)
    );
}

#[test]
fn labels_far_from_zero_lose_no_digits() {
    // Variance 2/3 and squared errors 1/3 on top of 2^52: naive sums of squares keep none of it.
    let base = 4_503_599_627_370_496.0;
    let measured = measure(
        &[base, base + 1.0, base + 2.0],
        &[base, base + 1.0, base + 3.0],
    );
    assert_eq!(measured.figure("mse").unwrap().value, Some(1.0 / 3.0));
    assert_eq!(measured.figure("r2").unwrap().value, Some(0.5));
}

#[test]
fn no_rows_have_no_figures_but_reasons() {
    let quantiles = ResidualQuantiles::new(0);
    let measured = RegressionState::default().finish(Some(&quantiles));
    assert_eq!(measured.figures.len(), 12);
    for figure in measured.figures {
        assert_eq!(
            (figure.value, figure.reason, figure.interval),
            (None, Some(Reason::NoRows), None)
        );
    }
}

#[test]
fn one_row_has_values_without_intervals() {
    let measured = measure(&[2.0], &[3.0]);
    for figure in &measured.figures {
        assert_eq!(figure.interval, None, "{figure:?}");
        let (value, reason) = match &*figure.metric {
            "r2" => (0.0, Some(Reason::ConstantLabels)),
            "mape" => (0.5, None),
            _ => (1.0, None),
        };
        assert_eq!((figure.value, figure.reason), (Some(value), reason));
    }
}

#[test]
fn result_that_no_number_holds_is_undefined_and_the_others_stand() {
    // The errors' squares are beyond the largest double, their mean is not.
    let measured = measure(&[1e200, -1e200], &[-1e200, 1e200]);
    let figure = |metric| measured.figure(metric).unwrap();
    assert_eq!(figure("mse").value, None);
    assert_eq!(figure("mse").reason, Some(Reason::Overflow));
    assert_eq!(figure("rmse").reason, Some(Reason::Overflow));
    assert_eq!(figure("mae").value, Some(2e200));
    // The ratio of two such sums is a number again.
    assert_eq!(figure("r2").value, Some(-3.0));
    // An error that is infinite itself.
    let measured = measure(&[-f64::MAX], &[f64::MAX]);
    for metric in ["mae", "mse", "rmse", "bias", "mape", "residual_p50"] {
        let figure = measured.figure(metric).unwrap();
        assert_eq!(
            (figure.value, figure.reason),
            (None, Some(Reason::Overflow))
        );
    }
}

#[test]
fn null_rows_are_skipped_and_arrays_are_as_single_rows() {
    let actual = Float64Array::from(vec![Some(1.0), None, Some(2.0), Some(4.0)]);
    let predicted = Float64Array::from(vec![Some(1.5), Some(9.0), None, Some(3.0)]);
    let masks: Vec<_> = (0..4).map(SampleMask::of_row).collect();
    let mut state = RegressionState::default();
    state.update(&actual, &predicted, &masks);
    assert_eq!(state.rows(), 2);
    assert_eq!(state, state_of(&[(1.0, 1.5, 0), (4.0, 3.0, 3)]));
    let mut dense = RegressionState::default();
    dense.update(
        &Float64Array::from(vec![1.0, 4.0]),
        &Float64Array::from(vec![1.5, 3.0]),
        &[masks[0], masks[3]],
    );
    assert_eq!(state, dense);
}

#[test]
fn quantiles_of_a_pass_that_was_cut_short_are_undefined() {
    let state = state_of(&[(1.0, 2.0, 0), (2.0, 2.5, 1)]);
    let mut quantiles = ResidualQuantiles::new(2);
    quantiles.push_residual(0.5);
    quantiles.push_absolute(0.5);
    quantiles.push_absolute(1.0);
    let measured = state.finish(Some(&quantiles));
    let figure = |metric: &str| measured.figure(metric).unwrap();
    assert_eq!(figure("median_absolute_error").value, Some(0.75));
    let cut = figure("residual_p50");
    assert_eq!((cut.value, cut.reason), (None, Some(Reason::Overflow)));
}

/// Numbers of a congruential generator (Knuth's MMIX), about normal as sums of twelve.
struct Normal(u64);

impl Normal {
    fn next(&mut self) -> f64 {
        let mut uniform = || {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1_u64 << 53) as f64
        };
        (0..12).map(|_| uniform()).sum::<f64>() - 6.0
    }
}

#[test]
fn intervals_of_95_percent_cover_in_90_to_99_of_100_runs() {
    const RUNS: u32 = 400;
    // Error 0.5 + 0.6 z: mse 0.25 + 0.36, and labels of variance 1.
    let truth = [
        ("mse", 0.61),
        ("rmse", 0.61_f64.sqrt()),
        ("r2", 1.0 - 0.61),
        ("bias", 0.5),
        ("residual_p50", 0.5),
    ];
    let mut covered = [0; 5];
    let mut normal = Normal(20_260_730);
    for _ in 0..RUNS {
        let actual: Vec<f64> = (0..200).map(|_| normal.next()).collect();
        let predicted: Vec<f64> = actual
            .iter()
            .map(|label| label + 0.5 + 0.6 * normal.next())
            .collect();
        let measured = measure(&actual, &predicted);
        for (covered, (metric, value)) in covered.iter_mut().zip(truth) {
            let interval = measured.figure(metric).unwrap().interval.unwrap();
            *covered += u32::from(interval.low <= value && value <= interval.high);
        }
    }
    for (covered, (metric, _)) in covered.into_iter().zip(truth) {
        assert!(
            (RUNS * 90 / 100..=RUNS * 99 / 100).contains(&covered),
            "{metric}: {covered} of {RUNS}"
        );
    }
}

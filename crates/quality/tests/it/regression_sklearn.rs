//! Regression figures against scikit-learn, numpy and scipy (../sklearn/regression.py).

use groundline_quality::{Measured, RegressionState, ResidualQuantiles, SampleMask};
use serde_json::Value;

const CASES: &str = include_str!("../sklearn/regression.json");

/// Figures of rows, as an engine would have them: a pass for sums, then two sorted ones.
pub(crate) fn measure(actual: &[f64], predicted: &[f64]) -> Measured {
    let mut state = RegressionState::default();
    for (row, (&actual, &predicted)) in actual.iter().zip(predicted).enumerate() {
        state.add(actual, predicted, SampleMask::of_row(row as u64));
    }
    let mut residuals: Vec<f64> = predicted.iter().zip(actual).map(|(p, a)| p - a).collect();
    let mut quantiles = ResidualQuantiles::new(state.rows());
    residuals.sort_unstable_by(f64::total_cmp);
    for &residual in &residuals {
        quantiles.push_residual(residual);
    }
    residuals.sort_unstable_by_key(|residual| residual.abs().to_bits());
    for residual in residuals {
        quantiles.push_absolute(residual.abs());
    }
    state.finish(Some(&quantiles))
}

fn numbers(value: &Value) -> Vec<f64> {
    let values = value.as_array().unwrap();
    values.iter().map(|value| value.as_f64().unwrap()).collect()
}

/// To nine digits; what cancels is measured against the size of what it is a difference of.
fn assert_near(actual: Option<f64>, expected: Option<f64>, size: f64, what: &str) {
    match (actual, expected) {
        (None, None) => {}
        (Some(actual), Some(expected)) => assert!(
            (actual - expected).abs() <= 1e-9 * expected.abs().max(size),
            "{what}: {actual} {expected}"
        ),
        _ => panic!("{what}: {actual:?} {expected:?}"),
    }
}

#[test]
fn figures_and_intervals_are_those_of_scikit_learn() {
    let cases: Vec<Value> = serde_json::from_str(CASES).unwrap();
    assert_eq!(cases.len(), 18);
    for case in &cases {
        let (actual, predicted) = (numbers(&case["actual"]), numbers(&case["predicted"]));
        let measured = measure(&actual, &predicted);
        let expected = case["expected"].as_array().unwrap();
        assert_eq!(measured.rows, actual.len() as u64);
        assert_eq!(measured.figures.len(), expected.len());
        for (figure, expected) in measured.figures.iter().zip(expected) {
            assert_eq!(figure.metric, expected["metric"].as_str().unwrap());
            let what = format!("{} of {}", figure.metric, case["name"]);
            let size = figure.value.unwrap_or_default().abs();
            assert_near(figure.value, expected["value"].as_f64(), 0.0, &what);
            for (end, place) in [
                (figure.interval.map(|interval| interval.low), 0),
                (figure.interval.map(|interval| interval.high), 1),
            ] {
                assert_near(end, expected["interval"][place].as_f64(), size, &what);
            }
        }
    }
}

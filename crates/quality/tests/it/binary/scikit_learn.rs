//! Cases of tests/sklearn/binary.py: what scikit-learn, scipy and a DeLong over all pairs say of them.

use groundline_quality::Measured;
use serde_json::Value;

use super::{Row, measure, near, value};

fn rows_of(case: &Value) -> Vec<Row> {
    let threshold = case["threshold"].as_f64().unwrap();
    let rows = &case["rows"];
    let row = |actual, score: f64| (actual, score >= threshold, Some(score));
    if let Some(n) = rows["n"].as_u64() {
        let positive = rows["positive"].as_u64();
        return (0..n)
            .map(|i| row(Some(i) == positive, i as f64 / n as f64))
            .collect();
    }
    let labels = rows["label"].as_array().unwrap().iter();
    let scores = rows["score"].as_array().unwrap().iter();
    let scores = scores.map(|score| score.as_f64().unwrap());
    labels
        .zip(scores)
        .map(|(label, score)| row(label == 1, score))
        .collect()
}

#[test]
fn everything_shared_is_as_scikit_learn_has_it() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("../../sklearn/binary.json")).unwrap();
    assert!(cases.len() > 15);
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        let measured = measure(&rows_of(case));
        let mut cells = measured.confusion.iter().map(|cell| cell.2);
        for expected in case["confusion"].as_array().unwrap() {
            assert_eq!(cells.next(), expected.as_u64(), "{name}");
        }
        for (metric, expected) in case["values"].as_object().unwrap() {
            let what = format!("{name}: {metric}");
            near(
                value(&measured, metric),
                expected.as_f64().unwrap(),
                1e-9,
                &what,
            );
        }
        for (metric, expected) in case["intervals"].as_object().unwrap() {
            let what = format!("{name}: {metric}");
            let interval = measured.figure(metric).unwrap().interval;
            assert_eq!(interval.is_some(), expected.is_array(), "{what}");
            if let Some(interval) = interval {
                near(interval.low, expected[0].as_f64().unwrap(), 1e-9, &what);
                near(interval.high, expected[1].as_f64().unwrap(), 1e-9, &what);
            }
        }
        if let Some(variance) = case["delong_variance"]
            .as_f64()
            .filter(|&variance| variance > 0.0)
        {
            let auc = value(&measured, "auc");
            let half = 1.959963984540054 * variance.sqrt();
            let interval = measured.figure("auc").unwrap().interval.unwrap();
            near(interval.low, (auc - half).max(0.0), 1e-9, name);
            near(interval.high, (auc + half).min(1.0), 1e-9, name);
        }
        let mut bins = measured.calibration.iter().filter(|bin| bin.n > 0);
        for expected in case["calibration"].as_array().unwrap() {
            let bin = bins.next().unwrap();
            near(
                bin.mean_probability.unwrap(),
                expected[0].as_f64().unwrap(),
                1e-9,
                name,
            );
            near(
                bin.observed_rate.unwrap(),
                expected[1].as_f64().unwrap(),
                1e-9,
                name,
            );
        }
        assert_curves(name, case, &measured);
    }
}

fn assert_curves(name: &str, case: &Value, measured: &Measured) {
    let (Some(roc), Some(pr)) = (case["roc"].as_array(), case["pr"].as_array()) else {
        return;
    };
    let curves = measured.curves.as_ref().unwrap();
    let points = roc[0].as_array().unwrap().len();
    assert_eq!(
        (curves.roc.len(), curves.pr.len()),
        (points + 2, points + 1),
        "{name}"
    );
    assert!(curves.complete && curves.distinct_scores == points as u64);
    for number in 0..points {
        let at = |curve: &[Value], part: usize| curve[part][number].as_f64().unwrap();
        let point = &curves.roc[number + 1];
        near(point.false_positive_rate, at(roc, 0), 1e-12, name);
        near(point.true_positive_rate, at(roc, 1), 1e-12, name);
        near(point.threshold.unwrap(), at(roc, 2), 1e-12, name);
        let point = &curves.pr[number + 1];
        near(point.precision, at(pr, 0), 1e-12, name);
        near(point.recall, at(pr, 1), 1e-12, name);
    }
}

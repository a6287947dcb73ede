//! Against the text of OpenMetrics 1.0; `tests/openmetrics.sh` asks its official parser and Prometheus.

use super::*;

const AT: i64 = 1_767_322_800_000_000;

fn point(metric: &str, value: f64, timestamp: i64, dimensions: &[(&str, &str)]) -> Point {
    let text = |it: &str| it.to_owned();
    Point {
        metric: text(metric),
        value,
        timestamp,
        dimensions: dimensions
            .iter()
            .map(|(name, value)| (text(name), text(value)))
            .collect(),
        unit: None,
    }
}

#[test]
fn nothing_is_still_a_whole_text() {
    assert_eq!(openmetrics(&[]), "# EOF\n");
}

#[test]
fn families_series_and_times_ascend_whatever_the_order_of_the_points() {
    let on = [("Endpoint", "churn"), ("MonitoringSchedule", "hourly")];
    let points = [
        point("violations", 1.0, AT, &on),
        point("auc", 0.75, AT + 3_600_000_000, &on),
        point("auc", 0.5, AT + 250_000, &on),
        point("recall(b)", 0.25, AT, &[]),
        point("recall(a)", f64::NAN, AT, &[]),
        point("auc", 0.5, AT, &[("Endpoint", "a")]),
    ];
    let expected = "\
# TYPE groundline_auc gauge
# HELP groundline_auc Model quality metric auc of the window.
groundline_auc{endpoint=\"a\"} 0.5 1767322800
groundline_auc{endpoint=\"churn\",monitoring_schedule=\"hourly\"} 0.5 1767322800.25
groundline_auc{endpoint=\"churn\",monitoring_schedule=\"hourly\"} 0.75 1767326400
# TYPE groundline_recall gauge
# HELP groundline_recall Model quality metric recall of the window.
groundline_recall{class=\"a\"} NaN 1767322800
groundline_recall{class=\"b\"} 0.25 1767322800
# TYPE groundline_violations gauge
# HELP groundline_violations Constraints that are violated in the window.
groundline_violations{endpoint=\"churn\",monitoring_schedule=\"hourly\"} 1.0 1767322800
# EOF
";
    assert_eq!(openmetrics(&points), expected);
    let mut turned = points.to_vec();
    turned.reverse();
    assert_eq!(openmetrics(&turned), expected);
}

#[test]
fn the_later_of_two_values_of_one_time_stays() {
    let text = openmetrics(&[point("auc", 0.5, AT, &[]), point("auc", 0.75, AT, &[])]);
    assert!(text.contains("groundline_auc 0.75 "), "{text}");
    assert!(!text.contains("0.5 "), "{text}");
}

#[test]
fn hostile_names_and_labels_stay_in_their_place() {
    let text = openmetrics(&[
        point("a b\n# EOF", 1.0, AT, &[]),
        point("auc", 1.0, AT, &[("x", "\"} 9\n\\")]),
        point("recall(a(b)\")", 1.0, AT, &[("class", "mine")]),
        point(
            "n",
            1.0,
            AT,
            &[
                ("__name__", "evil"),
                ("", "none"),
                ("9", "nine"),
                ("Näme", "n"),
            ],
        ),
    ]);
    for line in [
        "groundline_a_b___EOF{metric=\"a b\\n# EOF\"} 1.0 1767322800",
        "groundline_auc{x=\"\\\"} 9\\n\\\\\"} 1.0 1767322800",
        "groundline_recall{class=\"a(b)\\\"\",class_2=\"mine\"} 1.0 1767322800",
        "groundline_n{dimension_=\"none\",dimension_9=\"nine\",n_me=\"n\",name__=\"evil\"} 1.0 1767322800",
    ] {
        assert!(text.lines().any(|it| it == line), "{line}\n{text}");
    }
    assert_eq!(text.matches("\n# EOF").count(), 1);
}

#[test]
fn numbers_are_spelled_as_openmetrics_spells_them() {
    for (value, expected) in [
        (f64::NAN, "NaN"),
        (f64::INFINITY, "+Inf"),
        (f64::NEG_INFINITY, "-Inf"),
        (1e-7, "1e-7"),
        (-0.0, "-0.0"),
        (1e300, "1e300"),
        (0.1, "0.1"),
    ] {
        assert_eq!(number(value), expected);
    }
    for (micros, expected) in [
        (0, "0"),
        (1, "0.000001"),
        (-1_500_000, "-1.5"),
        (1_000_000, "1"),
        (i64::MIN, "-9223372036854.775808"),
    ] {
        assert_eq!(seconds(micros), expected);
    }
}

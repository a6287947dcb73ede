//! Against the words of AWS's documents, and by reading back what was written.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::Point;

/// 2026-01-02T03:00:00Z
const NOW: i64 = 1_767_322_800_000_000;
const HOUR: i64 = 3_600_000_000;

fn point(metric: &str, value: f64) -> Point {
    Point {
        metric: metric.to_owned(),
        value,
        timestamp: NOW,
        dimensions: vec![
            (ENDPOINT.to_owned(), "churn-prod".to_owned()),
            (SCHEDULE.to_owned(), "hourly".to_owned()),
        ],
        unit: None,
    }
}

fn why(point: &Point) -> String {
    refused(point, NOW).map_or_else(String::new, |refusal| {
        assert!(!refusal.hint().is_empty());
        refusal.to_string()
    })
}

#[test]
fn a_line_is_what_a_container_writes() {
    let counted = Point {
        unit: Some("Count"),
        timestamp: NOW + 250_000,
        ..point("violations", 2.0)
    };
    assert_eq!(
        cloudwatch_lines(&[point("f0_5", 0.9), point("auc", f64::NAN), counted]),
        "{\"MetricName\":\"f0_5\",\"Timestamp\":\"2026-01-02T03:00:00Z\",\"Dimensions\":[{\"Name\":\"Endpoint\",\
         \"Value\":\"churn-prod\"},{\"Name\":\"MonitoringSchedule\",\"Value\":\"hourly\"}],\"Value\":0.9}\n\
         {\"MetricName\":\"violations\",\"Timestamp\":\"2026-01-02T03:00:00.25Z\",\"Dimensions\":[{\"Name\":\"Endpoint\",\
         \"Value\":\"churn-prod\"},{\"Name\":\"MonitoringSchedule\",\"Value\":\"hourly\"}],\"Value\":2.0,\
         \"Unit\":\"Count\"}\n"
    );
    assert_eq!(cloudwatch_lines(&[]), "");
}

#[test]
fn a_time_beyond_two_weeks_or_two_hours_is_refused() {
    let at = |timestamp| {
        why(&Point {
            timestamp,
            ..point("auc", 0.5)
        })
    };
    for taken in [NOW, NOW - 13 * 24 * HOUR, NOW - 335 * HOUR, NOW + HOUR] {
        assert_eq!(at(taken), "");
    }
    assert_eq!(
        at(NOW - 20 * 24 * HOUR),
        "its time is 20 days old, and CloudWatch takes two weeks at most"
    );
    assert_eq!(
        at(NOW + 3 * HOUR),
        "its time is 3 hours ahead, and CloudWatch takes two hours at most"
    );
    // It would be too old when the request is there.
    assert!(at(NOW - 14 * 24 * HOUR).contains("two weeks"));
    assert!(at(NOW + 2 * HOUR).contains("two hours"));
    for never in [i64::MIN, i64::MAX] {
        assert_ne!(at(never), "");
    }
}

#[test]
fn a_value_that_cloudwatch_does_not_keep_is_refused() {
    for taken in [
        0.0,
        -0.0,
        1.0,
        -1.5,
        8.515920e-109,
        1.174271e108,
        -1.174271e108,
    ] {
        assert_eq!(why(&point("mse", taken)), "", "{taken}");
    }
    for (value, expected) in [
        (
            f64::NAN,
            "its value is NaN, and CloudWatch takes finite numbers only",
        ),
        (
            f64::NEG_INFINITY,
            "its value is -inf, and CloudWatch takes finite numbers only",
        ),
        (
            1.2e108,
            "its value is 1.2e108, and CloudWatch takes 0 and magnitudes from 8.515920e-109 to 1.174271e108",
        ),
        (
            -8e-109,
            "its value is -8e-109, and CloudWatch takes 0 and magnitudes from 8.515920e-109 to 1.174271e108",
        ),
    ] {
        assert_eq!(why(&point("mse", value)), expected);
    }
}

#[test]
fn a_name_that_cloudwatch_does_not_take_is_refused() {
    let with = |name: &str, value: &str| {
        let mut point = point("auc", 0.5);
        point.dimensions.push((name.to_owned(), value.to_owned()));
        why(&point)
    };
    assert_eq!(with("Variant", "AllTraffic"), "");
    assert_eq!(with(&"n".repeat(255), &"v".repeat(1024)), "");
    assert_eq!(why(&point("recall(a b)", 0.5)), "");
    for (told, expected) in [
        (why(&point(" ", 0.5)), "the metric's name ` ` is blank"),
        (
            why(&point("recall(è)", 0.5)),
            "the metric's name `recall(è)` holds 'è', and CloudWatch takes printable ASCII only",
        ),
        (
            why(&point("a\nb", 0.5)),
            "the metric's name `a\\nb` holds '\\n', and CloudWatch takes printable ASCII only",
        ),
        (
            with(":Variant", "v"),
            "the name of its dimension `:Variant` begins with a colon, which CloudWatch keeps for itself",
        ),
        (
            with("Variant", ""),
            "the value `` of its dimension Variant is blank",
        ),
        (
            with("Endpoint", "other"),
            "it has the dimension Endpoint twice",
        ),
    ] {
        assert_eq!(told, expected);
    }
    assert!(
        why(&point(&"m".repeat(256), 0.5))
            .ends_with("has 256 characters, and CloudWatch takes 255")
    );
    assert!(with(&"n".repeat(256), "v").ends_with("has 256 characters, and CloudWatch takes 255"));
    let long = with("n", &"v".repeat(1_000_000));
    assert!(long.ends_with("has 1000000 characters, and CloudWatch takes 1024"));
    assert!(long.len() < 300, "{long}");

    let mut many = point("auc", 0.5);
    many.dimensions = (0..30).map(|n| (format!("d{n}"), "v".to_owned())).collect();
    assert_eq!(why(&many), "");
    many.dimensions.push(("d30".to_owned(), "v".to_owned()));
    assert_eq!(why(&many), "it has 31 dimensions, and CloudWatch takes 30");
    let unit = Point {
        unit: Some("Furlongs"),
        ..point("auc", 0.5)
    };
    assert_eq!(why(&unit), "its unit Furlongs is none of CloudWatch's");
}

#[test]
fn only_awss_own_namespaces_are_reserved() {
    for taken in [
        ENDPOINT_NAMESPACE,
        TRANSFORM_NAMESPACE,
        "/aws/x",
        "my models",
        "AWSX/y",
    ] {
        assert_eq!(refused_namespace(taken), None, "{taken}");
    }
    for (namespace, expected) in [
        ("", "the namespace `` is blank"),
        (
            ":x",
            "the namespace `:x` begins with a colon, which CloudWatch keeps for itself",
        ),
        (
            "AWS/SageMaker",
            "the namespace `AWS/SageMaker` begins with `AWS/`, which is reserved for AWS's services (`aws/` is not)",
        ),
        (
            "modèles",
            "the namespace `modèles` holds 'è', and CloudWatch takes printable ASCII only",
        ),
    ] {
        let refusal = refused_namespace(namespace);
        assert_eq!(refusal.map(|it| it.to_string()).as_deref(), Some(expected));
    }
}

#[test]
fn a_request_is_a_form_of_the_query_protocol() {
    let requests = put_metric_data("a b/c", &[point("f1", 1e-7)]);
    assert_eq!(
        requests,
        [PutMetricData {
            body: "Action=PutMetricData&Version=2010-08-01&Namespace=a%20b%2Fc\
                   &MetricData.member.1.MetricName=f1\
                   &MetricData.member.1.Dimensions.member.1.Name=Endpoint\
                   &MetricData.member.1.Dimensions.member.1.Value=churn-prod\
                   &MetricData.member.1.Dimensions.member.2.Name=MonitoringSchedule\
                   &MetricData.member.1.Dimensions.member.2.Value=hourly\
                   &MetricData.member.1.Timestamp=2026-01-02T03%3A00%3A00Z\
                   &MetricData.member.1.Value=1e-7"
                .to_owned(),
            points: 0..1,
        }]
    );
    assert_eq!(put_metric_data("n", &[]), []);
}

#[test]
fn requests_stay_below_the_limits() {
    let points = vec![point("auc", 0.5); 2001];
    let requests = put_metric_data(ENDPOINT_NAMESPACE, &points);
    let ranges: Vec<_> = requests.iter().map(|it| it.points.clone()).collect();
    assert_eq!(ranges, [0..1000, 1000..2000, 2000..2001]);

    // The largest point that CloudWatch takes.
    let mut large = point("auc", 0.5);
    large.dimensions = (100..130)
        .map(|n| (format!("{}{n}", "%".repeat(252)), "%".repeat(1024)))
        .collect();
    assert_eq!(why(&large), "");
    let requests = put_metric_data(ENDPOINT_NAMESPACE, &vec![large; 20]);
    assert!(requests.iter().all(|it| it.body.len() <= 1_000_000));
    assert_eq!(requests.iter().map(|it| it.points.len()).sum::<usize>(), 20);
    assert!(requests.len() <= 4, "{}", requests.len());
}

/// A form as its fields, read by the rules of the URL standard.
fn fields(body: &str) -> Vec<(String, String)> {
    let plain = |text: &str| {
        let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
        decoded.map(String::from).unwrap_or_default()
    };
    let pairs = body
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or_default());
    pairs
        .map(|(name, value)| (plain(name), plain(value)))
        .collect()
}

/// The points that a body's fields describe.
fn read_back(body: &str) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    for (name, value) in fields(body) {
        let Some(rest) = name.strip_prefix("MetricData.member.") else {
            continue;
        };
        let (number, field) = rest.split_once('.').unwrap_or_default();
        let number: usize = number.parse().unwrap_or_default();
        if number > points.len() {
            points.push(Point {
                dimensions: Vec::new(),
                ..point("", 0.0)
            });
        }
        let Some(point) = points.get_mut(number - 1) else {
            continue;
        };
        match field {
            "MetricName" => point.metric = value,
            "Value" => point.value = value.parse().unwrap_or(f64::NAN),
            "Timestamp" => point.timestamp = micros(&value),
            "Unit" => point.unit = UNITS.into_iter().find(|unit| *unit == value),
            _ if field.ends_with(".Name") => point.dimensions.push((value, String::new())),
            _ => {
                if let Some((_, last)) = point.dimensions.last_mut() {
                    *last = value;
                }
            }
        }
    }
    points
}

fn micros(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>()
        .map_or(i64::MIN, |time| time.as_microsecond())
}

fn any_point() -> impl Strategy<Value = Point> {
    let text = "[ -~]{1,12}|\\PC{1,8}";
    let dimensions = prop::collection::vec((text, text), 0..4);
    let value = prop::num::f64::NORMAL | prop::num::f64::ZERO | prop::num::f64::SUBNORMAL;
    let unit = prop::option::of(prop::sample::select(UNITS.to_vec()));
    (text, value, NOW - HOUR..NOW + HOUR, dimensions, unit).prop_map(
        |(metric, value, timestamp, dimensions, unit)| Point {
            metric,
            value,
            timestamp,
            dimensions,
            unit,
        },
    )
}

proptest! {
    #[test]
    fn a_body_read_back_gives_the_points(points in prop::collection::vec(any_point(), 0..8)) {
        let requests = put_metric_data("n", &points);
        let read: Vec<Point> = requests.iter().flat_map(|it| read_back(&it.body)).collect();
        prop_assert_eq!(read, points);
    }

    #[test]
    fn lines_read_back_give_the_points(points in prop::collection::vec(any_point(), 0..8)) {
        let text = cloudwatch_lines(&points);
        let read: Vec<Point> = text.lines().map(|line| {
            let line: Value = serde_json::from_str(line).unwrap_or_default();
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let dimensions = line["Dimensions"].as_array().cloned().unwrap_or_default();
            Point {
                metric: text(&line["MetricName"]),
                value: line["Value"].as_f64().unwrap_or(f64::NAN),
                timestamp: micros(&text(&line["Timestamp"])),
                dimensions: dimensions.iter().map(|it| (text(&it["Name"]), text(&it["Value"]))).collect(),
                unit: UNITS.into_iter().find(|unit| line["Unit"] == *unit),
            }
        }).collect();
        prop_assert_eq!(read, points);
    }
}

//! Points as bodies of `PutMetricData`, in the Query protocol: a form.

use std::fmt::Write as _;
use std::ops::Range;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::lines::instant;
use crate::Point;

/// The version of CloudWatch's API.
pub const API_VERSION: &str = "2010-08-01";

/// Metrics that CloudWatch takes in one request.
const MOST_POINTS: usize = 1000;
/// Bytes of a body: CloudWatch takes 1 MB, and does not say whether that is 2^20 bytes.
const MOST_BYTES: usize = 900_000;

/// Everything but what RFC 3986 leaves unreserved.
const FORM: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutMetricData {
    /// `application/x-www-form-urlencoded`.
    pub body: String,
    /// Which of the points are in it.
    pub points: Range<usize>,
}

/// The requests that publish points under a namespace, in order; none for no points.
///
/// Each stays below CloudWatch's limits for a request as long as [`refused`](super::refused) has nothing against its
/// points: 1000 of them, and 900 kB.
pub fn put_metric_data(namespace: &str, points: &[Point]) -> Vec<PutMetricData> {
    let head = format!(
        "Action=PutMetricData&Version={API_VERSION}&Namespace={}",
        encoded(namespace)
    );
    let mut requests: Vec<PutMetricData> = Vec::new();
    for (at, point) in points.iter().enumerate() {
        if let Some(request) = requests.last_mut() {
            let member = member(request.points.len() + 1, point);
            if request.points.len() < MOST_POINTS && request.body.len() + member.len() <= MOST_BYTES
            {
                request.body.push_str(&member);
                request.points.end = at + 1;
                continue;
            }
        }
        requests.push(PutMetricData {
            body: format!("{head}{}", member(1, point)),
            points: at..at + 1,
        });
    }
    requests
}

/// The fields of the `number`th point of a request.
fn member(number: usize, point: &Point) -> String {
    let mut text = String::new();
    let mut field = |name: &str, value: &str| {
        // Writing to a text cannot fail.
        let _ = write!(
            text,
            "&MetricData.member.{number}.{name}={}",
            encoded(value)
        );
    };
    field("MetricName", &point.metric);
    for (at, (name, value)) in point.dimensions.iter().enumerate() {
        let at = at + 1;
        field(&format!("Dimensions.member.{at}.Name"), name);
        field(&format!("Dimensions.member.{at}.Value"), value);
    }
    field("Timestamp", &instant(point.timestamp));
    // The shortest text that is read as the same number.
    field("Value", &format!("{:?}", point.value));
    if let Some(unit) = point.unit {
        field("Unit", unit);
    }
    text
}

fn encoded(text: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(text, FORM)
}

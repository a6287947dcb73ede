//! Points as OpenMetrics text (version 1.0), which Prometheus reads.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::Point;

#[cfg(test)]
mod tests;

/// Labels of a series, sorted by name.
type Labels = Vec<(String, String)>;
/// Values by time of each series of a family.
type Family = BTreeMap<Labels, BTreeMap<i64, f64>>;

/// The points as OpenMetrics text.
///
/// A metric is the gauge `groundline_METRIC`; what a name of Prometheus cannot hold becomes `_`, and the label `metric`
/// then has the name as it was. Dimensions are labels in snake_case (`Endpoint` is `endpoint`), the class of
/// `recall(CLASS)` is the label `class`. Times are kept, to the microsecond. Families, series and times ascend, so the
/// order of the points does not matter, but that of two of one series and one time: the later one stays.
pub fn openmetrics(points: &[Point]) -> String {
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    for point in points {
        let (name, labels) = series(point);
        families
            .entry(name)
            .or_default()
            .entry(labels)
            .or_default()
            .insert(point.timestamp, point.value);
    }
    let mut text = String::new();
    for (name, family) in &families {
        text.push_str(&format!("# TYPE {name} gauge\n"));
        text.push_str(&format!("# HELP {name} {}\n", help(name)));
        for (labels, values) in family {
            let labels = braced(labels);
            for (timestamp, value) in values {
                let (value, time) = (number(*value), seconds(*timestamp));
                // Writing to a text cannot fail.
                let _ = writeln!(text, "{name}{labels} {value} {time}");
            }
        }
    }
    text.push_str("# EOF\n");
    text
}

/// The family and the labels of a point.
fn series(point: &Point) -> (String, Labels) {
    let (metric, class) = match point.metric.split_once('(') {
        Some((metric, rest)) if rest.ends_with(')') => (metric, rest.strip_suffix(')')),
        _ => (point.metric.as_str(), None),
    };
    let clean: String = metric.chars().map(plain).collect();
    let changed = (clean != metric).then_some(("metric", metric));
    let mut labels = BTreeMap::new();
    let own = class
        .map(|class| ("class", class))
        .into_iter()
        .chain(changed);
    for (name, value) in own {
        labels.insert(name.to_owned(), value.to_owned());
    }
    for (name, value) in &point.dimensions {
        let name = label_name(name);
        let mut free = name.clone();
        let mut number = 2;
        // Two dimensions may become one name, or that of a label of ours.
        while labels.contains_key(&free) {
            free = format!("{name}_{number}");
            number += 1;
        }
        labels.insert(free, value.clone());
    }
    (format!("groundline_{clean}"), labels.into_iter().collect())
}

/// `MonitoringSchedule` as `monitoring_schedule`.
fn label_name(dimension: &str) -> String {
    let mut name = String::new();
    let mut was_lower = false;
    for c in dimension.chars().map(plain) {
        if c.is_ascii_uppercase() && was_lower {
            name.push('_');
        }
        was_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        name.push(c.to_ascii_lowercase());
    }
    // Two underscores at the beginning are Prometheus's own, and a digit there is no name.
    let name = name.trim_start_matches('_');
    match name.chars().next() {
        Some(first) if !first.is_ascii_digit() => name.to_owned(),
        _ => format!("dimension_{name}"),
    }
}

fn plain(c: char) -> char {
    if c.is_ascii_alphanumeric() { c } else { '_' }
}

fn braced(labels: &Labels) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let labels: Vec<String> = labels
        .iter()
        .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
        .collect();
    format!("{{{}}}", labels.join(","))
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('"', "\\\"")
}

fn number(value: f64) -> String {
    match value {
        _ if value.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        // The shortest text that is read as the same number.
        _ => format!("{value:?}"),
    }
}

/// Microseconds as seconds, with a fraction only where there is one.
fn seconds(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let micros = micros.unsigned_abs();
    let (whole, rest) = (micros / 1_000_000, micros % 1_000_000);
    match rest {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{rest:06}")
            .trim_end_matches('0')
            .to_owned(),
    }
}

/// One line, without anything to escape.
fn help(name: &str) -> String {
    let metric = name.strip_prefix("groundline_").unwrap_or(name);
    match metric {
        "violations" => "Constraints that are violated in the window.".to_owned(),
        "label_coverage" => {
            "Share of the window's prediction records that have a label.".to_owned()
        }
        "run_completed" => "1 if the run of the schedule completed, 0 if it failed.".to_owned(),
        _ => format!("Model quality metric {metric} of the window."),
    }
}

//! What `quality` and `baseline` say: metrics with their intervals.

use std::collections::BTreeSet;

use groundline_engine::{QualityGroup, QualityReport};
use groundline_quality::{Figure, Measured, ProblemType};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::output::csv::field;
use crate::output::json::document;
use crate::output::table::Grid;
use crate::output::{Form, ndjson};
use crate::printer::{Printer, Stdout};

/// Windows and segments of a table; the other forms have them all.
const MOST_GROUPS: usize = 1_000;

/// Per-class metrics and the like that a table shows.
const MOST_METRICS: usize = 100;

/// Writes all reports.
pub(crate) fn reports(
    reports: &[QualityReport],
    form: Form,
    out: &mut Stdout,
) -> Result<(), Failure> {
    match form {
        Form::Table => reports.iter().try_for_each(|report| table(report, out)),
        Form::Json => match reports {
            [one] => document(&report_json(one), out),
            several => document(&several.iter().map(report_json).collect::<Vec<_>>(), out),
        },
        Form::Ndjson => lines(reports, |line| ndjson::line(&line, out)),
        Form::Csv => {
            out.line(
                "model,window,window_end,segment,metric,value,standard_deviation,ci_low,ci_high,n,reason",
            )?;
            lines(reports, |line| {
                let cells = [
                    "model",
                    "window",
                    "window_end",
                    "segment",
                    "metric",
                    "value",
                    "standard_deviation",
                    "ci_low",
                    "ci_high",
                    "n",
                    "reason",
                ]
                .map(|key| match line.get(key) {
                    Some(Value::String(text)) => field(text),
                    Some(Value::Null) | None => String::new(),
                    Some(other) => other.to_string(),
                });
                out.line(&cells.join(","))
            })
        }
    }
}

/// What was left out of the metrics.
pub(crate) fn notes(reports: &[QualityReport], printer: Printer) {
    for report in reports {
        for misfit in &report.misfits {
            printer.warn(&format!(
                "{}: {} rows were left out for their {}, such as `{}`",
                report.name,
                misfit.count,
                misfit.kind.as_str(),
                misfit.example
            ));
        }
        for group in &report.groups {
            if let Some((label, prediction)) = strangers(&group.measured) {
                printer.warn(&format!(
                    "{}: no label is ever predicted: labels are such as `{label}`, predictions such as `{prediction}`",
                    report.name
                ));
                printer.hint("--class-names names the classes of a list of probabilities");
                break;
            }
        }
        let nothing = report.groups.iter().all(|group| group.measured.rows == 0);
        if nothing {
            printer.warn(&format!(
                "{}: no row has both a label and a prediction: every metric is undefined",
                report.name
            ));
        }
    }
}

/// A label and a prediction, if labels and predictions have no class in common: then they are named differently.
pub(crate) fn strangers(measured: &Measured) -> Option<(&str, &str)> {
    let cells = || measured.confusion.iter().filter(|cell| cell.2 > 0);
    let (label, prediction, _) = cells().next()?;
    let labels: BTreeSet<&str> = cells().map(|cell| cell.0.as_str()).collect();
    // Of two classes known by name, one may be all that is there.
    let apart = measured.classes.len() > 2 && cells().all(|cell| !labels.contains(&*cell.1));
    apart.then_some((label.as_str(), prediction.as_str()))
}

/// A figure for each metric, window and segment.
fn lines(
    reports: &[QualityReport],
    mut write: impl FnMut(Value) -> Result<(), Failure>,
) -> Result<(), Failure> {
    for report in reports {
        for group in &report.groups {
            for figure in group.figures() {
                let mut line = json!({
                    "model": report.name,
                    "window": group.window.map(|window| window.from.to_string()),
                    "window_end": group.window.map(|window| window.to.to_string()),
                    "segment": group.segment,
                });
                if let (Some(line), Value::Object(figure)) =
                    (line.as_object_mut(), figure_json(figure))
                {
                    line.extend(figure);
                }
                write(line)?;
            }
        }
    }
    Ok(())
}

pub(crate) fn figure_json(figure: &Figure) -> Value {
    json!({
        "metric": figure.metric,
        "value": figure.value,
        "standard_deviation": figure.standard_deviation,
        "ci_low": figure.interval.map(|interval| interval.low),
        "ci_high": figure.interval.map(|interval| interval.high),
        "n": figure.n,
        "reason": figure.reason.map(|reason| reason.as_str()),
    })
}

fn report_json(report: &QualityReport) -> Value {
    let groups: Vec<Value> = report.groups.iter().map(group_json).collect();
    json!({
        "model": report.name,
        "problem_type": report.problem_type.as_str(),
        "window": report.window.map(|window| window.from.to_string()),
        "window_end": report.window.map(|window| window.to.to_string()),
        "groups": groups,
    })
}

fn group_json(group: &QualityGroup) -> Value {
    let metrics: Vec<Value> = group.figures().map(figure_json).collect();
    let confusion: Vec<Value> = group
        .measured
        .confusion
        .iter()
        .map(|(actual, predicted, count)| {
            json!({"actual": actual, "predicted": predicted, "count": count})
        })
        .collect();
    json!({
        "window": group.window.map(|window| window.from.to_string()),
        "window_end": group.window.map(|window| window.to.to_string()),
        "segment": group.segment,
        "rows": group.rows,
        "metrics": metrics,
        "confusion_matrix": confusion,
    })
}

/// One group in full, several in a line each.
fn table(report: &QualityReport, out: &mut Stdout) -> Result<(), Failure> {
    match report.groups.as_slice() {
        [one] => in_full(report, one, out),
        several => in_lines(report, several, out),
    }
}

fn in_full(report: &QualityReport, group: &QualityGroup, out: &mut Stdout) -> Result<(), Failure> {
    let window = group.window.map_or_else(String::new, |window| {
        format!(", {} to {}", window.from, window.to)
    });
    out.line(&format!(
        "{}: {}{window}, label and prediction in {} of {} rows",
        report.name,
        report.problem_type.as_str(),
        group.rows.measured,
        group.rows.read
    ))?;
    let mut grid = Grid::new(&[
        "metric",
        "value",
        "95 % interval",
        "standard deviation",
        "n",
        "",
    ]);
    for column in 1..5 {
        grid.right_align(column);
    }
    let figures = group.figures().count();
    for figure in group.figures().take(MOST_METRICS) {
        grid.row(vec![
            figure.metric.to_string(),
            value(figure.value),
            interval(figure),
            value(figure.standard_deviation),
            figure.n.to_string(),
            figure
                .reason
                .map_or("", |reason| reason.as_str())
                .to_owned(),
        ]);
    }
    grid.print(out)?;
    more(figures.saturating_sub(MOST_METRICS), "metrics", out)
}

/// The metrics of a line.
fn chosen(report: &QualityReport, groups: &[QualityGroup]) -> Vec<String> {
    let shipped: &[&str] = match report.problem_type {
        ProblemType::BinaryClassification => {
            &["accuracy", "precision", "recall", "f1", "auc", "log_loss"]
        }
        ProblemType::MulticlassClassification => {
            &["accuracy", "weighted_precision", "weighted_f1", "macro_f1"]
        }
        ProblemType::Regression => &["mae", "rmse", "r2", "bias"],
    };
    let mut names: Vec<String> = shipped.iter().map(|name| (*name).to_owned()).collect();
    for figure in groups.iter().flat_map(|group| &group.own) {
        if !names.iter().any(|name| *name == figure.metric) && names.len() < 12 {
            names.push(figure.metric.to_string());
        }
    }
    names
}

fn in_lines(
    report: &QualityReport,
    groups: &[QualityGroup],
    out: &mut Stdout,
) -> Result<(), Failure> {
    let names = chosen(report, groups);
    let windows = groups.windows(2).any(|pair| match pair {
        [one, two] => one.window != two.window,
        _ => false,
    });
    let segments = groups.iter().any(|group| group.segment.is_some());
    let mut header = vec![report.name.as_str()];
    if windows && segments {
        header.push("segment");
    }
    let texts = header.len();
    header.extend(["rows", "coverage"]);
    header.extend(names.iter().map(String::as_str));
    let mut grid = Grid::new(&header);
    for column in texts..header.len() {
        grid.right_align(column);
    }
    for group in groups.iter().take(MOST_GROUPS) {
        let segment = group.segment.clone().unwrap_or_else(|| "all".to_owned());
        let mut cells = match (windows, group.window) {
            (true, Some(window)) => vec![window.from.to_string()],
            _ => vec![segment.clone()],
        };
        if windows && segments {
            cells.push(segment);
        }
        cells.push(group.rows.measured.to_string());
        let coverage = group.label_coverage.as_ref();
        cells.push(value(coverage.and_then(|figure| figure.value)));
        for name in &names {
            let figure = group.figures().find(|figure| figure.metric == *name);
            cells.push(figure.map_or_else(String::new, short));
        }
        grid.row(cells);
    }
    grid.print(out)?;
    more(
        groups.len().saturating_sub(MOST_GROUPS),
        "windows and segments",
        out,
    )?;
    if grid.has_rows() {
        out.line("± is half of the 95 % interval; --output json has every metric")?;
    }
    Ok(())
}

fn more(left: usize, what: &str, out: &mut Stdout) -> Result<(), Failure> {
    match left {
        0 => Ok(()),
        left => out.line(&format!(
            "… and {left} more {what}; --output json has them all"
        )),
    }
}

/// `0.913 ± 0.02`
pub(crate) fn short(figure: &Figure) -> String {
    match (figure.value, figure.interval) {
        (None, _) => figure
            .reason
            .map_or("", |reason| reason.as_str())
            .to_owned(),
        (Some(number), Some(interval)) => {
            give_or_take(number, (interval.high - interval.low) / 2.0)
        }
        (number, None) => value(number),
    }
}

/// Two digits of what it may be off by, and one more of the number.
fn give_or_take(number: f64, half: f64) -> String {
    let before = match half > 0.0 {
        true => half.log10().floor() as i32 + 1,
        false => return format!("{} ± 0", value(Some(number))),
    };
    // Beyond these, digits are written with an exponent.
    let Ok(decimals @ 0..=12) = usize::try_from((2 - before).max(0)) else {
        return format!("{} ± {}", value(Some(number)), value(Some(half)));
    };
    let digit = usize::from(decimals > 0);
    format!("{number:.0$} ± {half:.decimals$}", decimals + digit)
}

pub(crate) fn interval(figure: &Figure) -> String {
    figure.interval.map_or_else(String::new, |interval| {
        format!(
            "{} to {}",
            value(Some(interval.low)),
            value(Some(interval.high))
        )
    })
}

/// Six significant digits, as pandas shows them.
pub(crate) fn value(number: Option<f64>) -> String {
    let Some(number) = number else {
        return String::new();
    };
    let magnitude = number.abs();
    if number == 0.0 {
        return "0".to_owned();
    }
    if !(1e-4..1e15).contains(&magnitude) {
        return format!("{number:.5e}");
    }
    let before = magnitude.log10().floor() as i32 + 1;
    let decimals = usize::try_from(6 - before).unwrap_or(0);
    let text = format!("{number:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_uncertain_is_not_written_out() {
        for (number, half, text) in [
            (0.782_101, 0.050_269, "0.7821 ± 0.050"),
            (0.944_45, 0.001_459, "0.94445 ± 0.0015"),
            (1_234.5, 87.3, "1234 ± 87"),
            (1_234.5, 1_870.0, "1234 ± 1870"),
            (2.5, 0.0, "2.5 ± 0"),
        ] {
            assert_eq!(give_or_take(number, half), text);
        }
    }

    #[test]
    fn numbers_have_six_digits_and_no_idle_zeros() {
        for (number, text) in [
            (0.939_512_799_339_389_8, "0.939513"),
            (1.0, "1"),
            (0.0, "0"),
            (-2.5, "-2.5"),
            (1_234_567.0, "1234567"),
            (0.000_012_3, "1.23000e-5"),
            (173.0, "173"),
        ] {
            assert_eq!(value(Some(number)), text);
        }
        assert_eq!(value(None), "");
    }
}

//! How good the probabilities are: curves and calibration.

use groundline_quality::{CalibrationBin, Curves, Figure, Measured};
use maud::{Markup, html};

use super::{part, scroll};
use crate::page::chart::calibration;
use crate::page::chart::curve::{Curve, Square};
use crate::page::data::Report;
use crate::page::number::{ends, grouped, measured, percent, short};

/// Rows of the table beside a curve.
const ROWS: usize = 20;

pub(in crate::page) fn probability(report: &Report) -> Markup {
    let Some(now) = &report.period.measured else {
        return html! {};
    };
    let then = report
        .compared
        .as_ref()
        .and_then(|period| period.measured.as_ref());
    let inner = html! {
        @if now.curves.is_some() || !now.calibration.is_empty() {
            div.squares {
                @if let Some(curves) = &now.curves {
                    (roc(now, curves, then.and_then(|then| then.curves.as_ref())))
                    (precision_recall(now, curves, then.and_then(|then| then.curves.as_ref())))
                }
                @if !now.calibration.is_empty() {
                    (calibrated(now, then.map_or(&[], |then| then.calibration.as_slice())))
                }
            }
        }
    };
    let lead = match then.is_some_and(|then| then.curves.is_some() || !then.calibration.is_empty())
    {
        true => {
            "Solid: this period. Dotted: the other. Dashed: a guess; of the calibration, what it should be."
        }
        false => "Dashed: what a guess would give; of the calibration, what it should be.",
    };
    part("probabilities", "Probabilities", lead, &inner)
}

fn with_value(name: &str, figure: Option<&Figure>) -> String {
    match figure.and_then(|figure| Some((figure.value?, figure.interval))) {
        Some((value, interval)) => format!("{name} {}", measured(value, interval)),
        None => String::new(),
    }
}

fn roc(measured: &Measured, curves: &Curves, then: Option<&Curves>) -> Markup {
    let points = |curves: &Curves| -> Vec<(f64, f64)> {
        let place = |point: &groundline_quality::RocPoint| {
            (point.false_positive_rate, point.true_positive_rate)
        };
        curves.roc.iter().map(place).collect()
    };
    let value = with_value("AUC", measured.figure("auc"));
    let square = Square {
        id: "roc",
        title: "ROC curve",
        description: format!("True positive rate by false positive rate. {value}"),
        across: "false positive rate",
        up: "true positive rate",
    };
    let lines = over_ghost(points(curves), then.map(points));
    let rows: Vec<[Option<f64>; 3]> = curves
        .roc
        .iter()
        .map(|point| {
            [
                point.threshold,
                Some(point.false_positive_rate),
                Some(point.true_positive_rate),
            ]
        })
        .collect();
    card(
        "ROC",
        &value,
        &square.draw(&lines, Some((0.0, 1.0))),
        &table(
            ["threshold", "false positive rate", "true positive rate"],
            &rows,
        ),
    )
}

/// A curve, over that of the other period.
fn over_ghost(now: Vec<(f64, f64)>, then: Option<Vec<(f64, f64)>>) -> Vec<Curve> {
    let ghost = then.map(|points| Curve {
        class: "ghost",
        points,
    });
    let line = Curve {
        class: "line",
        points: now,
    };
    ghost.into_iter().chain([line]).collect()
}

fn precision_recall(measured: &Measured, curves: &Curves, then: Option<&Curves>) -> Markup {
    let points = |curves: &Curves| -> Vec<(f64, f64)> {
        curves
            .pr
            .iter()
            .map(|point| (point.recall, point.precision))
            .collect()
    };
    let value = with_value("PR AUC", measured.figure("pr_auc"));
    let base = measured.figure("base_rate").and_then(|figure| figure.value);
    let square = Square {
        id: "pr",
        title: "Precision-recall curve",
        description: format!("Precision by recall. {value}"),
        across: "recall",
        up: "precision",
    };
    let lines = over_ghost(points(curves), then.map(points));
    let rows: Vec<[Option<f64>; 3]> = curves
        .pr
        .iter()
        .map(|point| [point.threshold, Some(point.recall), Some(point.precision)])
        .collect();
    card(
        "Precision and recall",
        &value,
        &square.draw(&lines, base.map(|base| (base, base))),
        &table(["threshold", "recall", "precision"], &rows),
    )
}

fn calibrated(measured: &Measured, then: &[CalibrationBin]) -> Markup {
    let value = with_value("error", measured.figure("expected_calibration_error"));
    let square = Square {
        id: "calibration",
        title: "Calibration curve",
        description: format!(
            "How often what was given a probability came true, by bins of the probability. {value}"
        ),
        across: "mean probability of the bin",
        up: "share that came true",
    };
    let rows = html! {
        table {
            thead { tr { th scope="col" { "bin" } th.n scope="col" { "rows" } th.n scope="col" { "mean" } th.n scope="col" { "came true" } th.n scope="col" { "95 % interval" } } }
            tbody {
                @for bin in measured.calibration.iter().take(ROWS) {
                    tr {
                        td { (short(bin.low)) " to " (short(bin.high)) }
                        td.n { (grouped(bin.n)) }
                        td.n { @if let Some(mean) = bin.mean_probability { (short(mean)) } }
                        td.n { @if let Some(rate) = bin.observed_rate { (percent(rate)) } }
                        td.n { @if let Some(interval) = bin.interval { (ends(interval)) } }
                    }
                }
            }
        }
    };
    card(
        "Calibration",
        &value,
        &calibration::draw(&square, &measured.calibration, then),
        &scroll("Calibration, table", &rows),
    )
}

fn card(name: &str, value: &str, picture: &Markup, table: &Markup) -> Markup {
    html! {
        figure.card {
            figcaption { span.name { (name) } span.now { (value) } }
            (picture)
            details { summary { "Table" } (table) }
        }
    }
}

/// Points evenly apart in the list, the first and the last among them.
fn table(heads: [&str; 3], rows: &[[Option<f64>; 3]]) -> Markup {
    let last = rows.len().saturating_sub(1);
    let mut places: Vec<usize> = (0..ROWS).map(|row| row * last / (ROWS - 1)).collect();
    places.dedup();
    let inner = html! {
        table {
            thead { tr { @for head in heads { th.n scope="col" { (head) } } } }
            tbody {
                @for row in places.iter().filter_map(|&place| rows.get(place)) {
                    tr { @for cell in row { td.n { @if let Some(value) = cell { (short(*value)) } @else { "–" } } } }
                }
            }
        }
    };
    html! {
        (scroll("Curve, table", &inner))
        @if places.len() < rows.len() {
            p.aside { (places.len()) " of " (grouped(rows.len() as u64)) " points; statistics.json has them all." }
        }
    }
}

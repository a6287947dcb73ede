//! What `monitor` says: each constraint in a line, then what the verdict rests on.

use groundline_quality::{Check, Outcome};
use serde_json::{Value, json};

use crate::commands::execution::Execution;
use crate::failure::Failure;
use crate::output::csv::field;
use crate::output::json::document;
use crate::output::quality::{figure_json, short, value};
use crate::output::table::Grid;
use crate::output::{Form, ndjson};
use crate::printer::Stdout;

/// Writes every execution.
pub(crate) fn executions(
    executions: &[Execution],
    form: Form,
    out: &mut Stdout,
) -> Result<(), Failure> {
    match form {
        Form::Table => executions.iter().try_for_each(|run| table(run, out)),
        Form::Json => match executions {
            [one] => document(&execution_json(one), out),
            several => document(&several.iter().map(execution_json).collect::<Vec<_>>(), out),
        },
        Form::Ndjson => each(executions, |run, check| {
            let mut line = check_json(run, check);
            if let Some(line) = line.as_object_mut() {
                line.insert("model".to_owned(), Value::from(run.model.clone()));
            }
            ndjson::line(&line, out)
        }),
        Form::Csv => {
            out.line("model,metric,baseline,value,ci_low,ci_high,comparison_operator,threshold,violated,outcome")?;
            each(executions, |run, check| {
                let figure = check.figure.as_ref();
                let interval = figure.and_then(|figure| figure.interval);
                let number = |number: Option<f64>| {
                    number.map_or_else(String::new, |number| Value::from(number).to_string())
                };
                let cells = [
                    field(&run.model),
                    field(&check.constraint.metric),
                    number(check.constraint.baseline),
                    number(figure.and_then(|figure| figure.value)),
                    number(interval.map(|interval| interval.low)),
                    number(interval.map(|interval| interval.high)),
                    check.constraint.comparison.as_str().to_owned(),
                    number(Some(check.constraint.threshold)),
                    run.violates(check).to_string(),
                    check.outcome.as_str().to_owned(),
                ];
                out.line(&cells.join(","))
            })
        }
    }
}

fn each(
    executions: &[Execution],
    mut write: impl FnMut(&Execution, &Check) -> Result<(), Failure>,
) -> Result<(), Failure> {
    for run in executions {
        for check in &run.checks {
            write(run, check)?;
        }
    }
    Ok(())
}

fn table(run: &Execution, out: &mut Stdout) -> Result<(), Failure> {
    let violations = run.violations();
    out.line(&format!(
        "{}: {}",
        run.model,
        match (run.checks.len(), violations) {
            _ if run.group.measured.rows == 0 => {
                "nothing can be said: no prediction of the window has a label yet".to_owned()
            }
            (0, _) => "measured; there are no constraints to check".to_owned(),
            (all, 0) => format!("no violations of {all} constraints"),
            (all, some) => format!("{some} of {all} constraints violated"),
        }
    ))?;
    if !run.checks.is_empty() {
        let mut grid = Grid::new(&["metric", "baseline", "now", "threshold", "outcome"]);
        for column in 1..4 {
            grid.right_align(column);
        }
        for check in &run.checks {
            let sign = match check.constraint.comparison {
                groundline_quality::Comparison::LessThan => "≥",
                groundline_quality::Comparison::GreaterThan => "≤",
            };
            grid.row(vec![
                check.constraint.metric.clone(),
                value(check.constraint.baseline),
                check
                    .figure
                    .as_ref()
                    .map_or_else(|| "not measured".to_owned(), short),
                format!("{sign} {}", value(Some(check.constraint.threshold))),
                outcome(check).to_owned(),
            ]);
        }
        grid.print(out)?;
    }
    let rows = &run.group.rows;
    let coverage = coverage(run) * 100.0;
    out.line(&format!(
        "label coverage: {coverage:.1} % ({} of {} predictions)",
        rows.read - rows.unlabelled,
        rows.read
    ))?;
    out.line(&format!("window: {} to {}", run.window.from, run.window.to))?;
    out.line(&format!("labels as of: {}", instant(run.as_of)))?;
    if let Some((reason, count, all)) = &run.unmatched {
        out.line(&format!(
            "unmatched labels: {all}, mostly {reason} ({count})"
        ))?;
    }
    out.line(&format!("written: {}/{}", run.out, run.folder))?;
    out.line(&format!("next: {}", next(run)))
}

fn coverage(run: &Execution) -> f64 {
    let coverage = run.group.label_coverage.as_ref();
    coverage.and_then(|figure| figure.value).unwrap_or_default()
}

/// The point comparison, and where the interval says less.
fn outcome(check: &Check) -> &'static str {
    match (check.outcome, check.violated) {
        (Outcome::Satisfied, _) => "satisfied",
        (Outcome::Violated, _) => "violated",
        (Outcome::InsufficientEvidence, true) => "violated by the value, insufficient evidence",
        (Outcome::InsufficientEvidence, false) => "insufficient evidence",
    }
}

/// Share of labelled predictions below which labels that match nothing are worth a look.
const ENOUGH_LABELS: f64 = 0.5;

/// What somebody would do now.
fn next(run: &Execution) -> String {
    let (out, model, window) = (&run.out, &run.model, run.window);
    let hours = format!("--from {} --to {}", window.from, window.to);
    let which = format!("--in {out} --model {model}{} {hours}", run.flags);
    let many_unmatched = run.unmatched.is_some() && coverage(run) < ENOUGH_LABELS;
    if run.checks.is_empty() {
        format!("groundline baseline {which} --margin ci --out baseline")
    } else if run.violations() > 0 {
        format!("groundline quality {which} --every hour --by variant")
    } else if many_unmatched {
        format!("groundline unmatched --in {out} --model {model}")
    } else {
        format!("groundline quality {which}")
    }
}

fn check_json(run: &Execution, check: &Check) -> Value {
    json!({
        "metric": check.constraint.metric,
        "baseline": check.constraint.baseline,
        "now": check.figure.as_ref().map(figure_json),
        "comparison_operator": check.constraint.comparison.as_str(),
        "threshold": check.constraint.threshold,
        "violated": run.violates(check),
        "outcome": check.outcome.as_str(),
    })
}

fn execution_json(run: &Execution) -> Value {
    let checks: Vec<Value> = run
        .checks
        .iter()
        .map(|check| check_json(run, check))
        .collect();
    let metrics: Vec<Value> = run.group.figures().map(figure_json).collect();
    json!({
        "model": run.model,
        "window": run.window.from.to_string(),
        "window_end": run.window.to.to_string(),
        "as_of": instant(run.as_of),
        "violations": run.violations(),
        "constraints": checks,
        "metrics": metrics,
        "rows": run.group.rows,
        "unmatched_labels": run.unmatched.as_ref().map(|(reason, count, all)| {
            json!({"count": all, "top_reason": reason, "of_top_reason": count})
        }),
        "folder": format!("{}/{}", run.out, run.folder),
    })
}

/// `2026-11-05T00:00:00Z`
fn instant(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros)
        .map_or_else(|_| micros.to_string(), |time| time.to_string())
}

//! What `monitor` says: each constraint in a line, then what the verdict rests on.

use groundline_monitor::Advice;
use groundline_quality::{Check, Outcome};
use serde_json::{Value, json};

use crate::commands::execution::Told;
use crate::failure::Failure;
use crate::output::csv::field;
use crate::output::json::document;
use crate::output::quality::{figure_json, short, value};
use crate::output::runs::instant;
use crate::output::table::Grid;
use crate::output::{Form, ndjson};
use crate::printer::Stdout;

/// Writes every execution.
pub(crate) fn executions(executions: &[Told], form: Form, out: &mut Stdout) -> Result<(), Failure> {
    match form {
        Form::Table => executions.iter().try_for_each(|told| table(told, out)),
        Form::Json => match executions {
            [one] => document(&execution_json(one), out),
            several => document(&several.iter().map(execution_json).collect::<Vec<_>>(), out),
        },
        Form::Ndjson => each(executions, |told, check| {
            let mut line = check_json(told, check);
            if let Some(line) = line.as_object_mut() {
                line.insert("model".to_owned(), Value::from(told.run.model.clone()));
            }
            ndjson::line(&line, out)
        }),
        Form::Csv => {
            out.line("model,metric,baseline,value,ci_low,ci_high,comparison_operator,threshold,violated,outcome")?;
            each(executions, |told, check| {
                let figure = check.figure.as_ref();
                let interval = figure.and_then(|figure| figure.interval);
                let number = |number: Option<f64>| {
                    number.map_or_else(String::new, |number| Value::from(number).to_string())
                };
                let cells = [
                    field(&told.run.model),
                    field(&check.constraint.metric),
                    number(check.constraint.baseline),
                    number(figure.and_then(|figure| figure.value)),
                    number(interval.map(|interval| interval.low)),
                    number(interval.map(|interval| interval.high)),
                    check.constraint.comparison.as_str().to_owned(),
                    number(Some(check.constraint.threshold)),
                    told.run.violates(check).to_string(),
                    check.outcome.as_str().to_owned(),
                ];
                out.line(&cells.join(","))
            })
        }
    }
}

fn each(
    executions: &[Told],
    mut write: impl FnMut(&Told, &Check) -> Result<(), Failure>,
) -> Result<(), Failure> {
    for told in executions {
        for check in &told.run.checks {
            write(told, check)?;
        }
    }
    Ok(())
}

fn table(told: &Told, out: &mut Stdout) -> Result<(), Failure> {
    let violations = told.run.violations();
    out.line(&format!(
        "{}: {}",
        told.run.model,
        match (told.run.checks.len(), violations) {
            _ if told.run.group.measured.rows == 0 => {
                "nothing can be said: no prediction of the window has a label yet".to_owned()
            }
            (0, _) => "measured; there are no constraints to check".to_owned(),
            (all, 0) => format!("no violations of {all} constraints"),
            (all, some) => format!("{some} of {all} constraints violated"),
        }
    ))?;
    if !told.run.checks.is_empty() {
        let mut grid = Grid::new(&["metric", "baseline", "now", "threshold", "outcome"]);
        for column in 1..4 {
            grid.right_align(column);
        }
        for check in &told.run.checks {
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
    let rows = &told.run.group.rows;
    let coverage = coverage(told) * 100.0;
    out.line(&format!(
        "label coverage: {coverage:.1} % ({} of {} predictions)",
        rows.read - rows.unlabelled,
        rows.read
    ))?;
    out.line(&format!(
        "window: {} to {}",
        told.run.window.from, told.run.window.to
    ))?;
    let waited = match told.record.provisional {
        true => "; more are waited for, so this is provisional",
        false => "",
    };
    out.line(&format!(
        "labels as of: {}{waited}",
        instant(told.run.as_of)
    ))?;
    if let Some((reason, count, all)) = &told.unmatched {
        out.line(&format!(
            "unmatched labels: {all}, mostly {reason} ({count})"
        ))?;
    }
    if let Some(advice) = &told.advice {
        advised(advice.as_ref(), out)?;
    }
    out.line(&format!("written: {}/{}", told.out, told.folder))?;
    out.line(&format!("next: {}", next(told)))
}

/// How late labels came, and what would suit them.
fn advised(advice: Option<&Advice>, out: &mut Stdout) -> Result<(), Failure> {
    let Some(advice) = advice else {
        return out.line("offsets: too few labels to say how late they come");
    };
    out.line(&format!(
        "offsets that suit the labels of {} to {} ({} of {} predictions labelled):",
        advice.window.from, advice.window.to, advice.labelled, advice.predictions
    ))?;
    let mut grid = Grid::new(&[
        "labels in time",
        "StartTimeOffset",
        "EndTimeOffset",
        "coverage of the window",
        "of its last hour",
        "",
    ]);
    for column in [0, 3, 4] {
        grid.right_align(column);
    }
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    for choice in &advice.choices {
        grid.row(vec![
            percent(choice.share),
            choice.start.to_string(),
            choice.end.to_string(),
            percent(choice.coverage),
            percent(choice.youngest),
            match choice.recommended {
                true => "recommended".to_owned(),
                false => String::new(),
            },
        ]);
    }
    grid.print(out)?;
    if advice.young {
        out.line("these hours are young: labels may still come, so each coverage is a least one")?;
    }
    out.line(&format!(
        "label_horizon: {} takes every label so far, with a day to spare",
        advice.label_horizon
    ))
}

fn advice_json(advice: &Advice) -> Value {
    let choices = advice.choices.iter().map(|choice| {
        json!({
            "labels_in_time": choice.share,
            "start_offset": choice.start.to_string(),
            "end_offset": choice.end.to_string(),
            "coverage": choice.coverage,
            "coverage_of_last_hour": choice.youngest,
            "recommended": choice.recommended,
        })
    });
    json!({
        "window": advice.window.from.to_string(),
        "window_end": advice.window.to.to_string(),
        "predictions": advice.predictions,
        "labelled": advice.labelled,
        "labels_may_still_come": advice.young,
        "choices": choices.collect::<Vec<_>>(),
        "label_horizon": advice.label_horizon.to_string(),
    })
}

fn coverage(told: &Told) -> f64 {
    let coverage = told.run.group.label_coverage.as_ref();
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
fn next(told: &Told) -> String {
    let (out, model, window) = (&told.out, &told.run.model, told.run.window);
    let hours = format!("--from {} --to {}", window.from, window.to);
    let which = format!("--in {out} --model {model}{} {hours}", told.flags);
    let many_unmatched = told.unmatched.is_some() && coverage(told) < ENOUGH_LABELS;
    if told.run.checks.is_empty() {
        format!("groundline baseline {which} --margin ci --out baseline")
    } else if told.run.violations() > 0 {
        format!("groundline quality {which} --every hour --by variant")
    } else if many_unmatched {
        format!("groundline unmatched --in {out} --model {model}")
    } else {
        format!("groundline quality {which}")
    }
}

fn check_json(told: &Told, check: &Check) -> Value {
    json!({
        "metric": check.constraint.metric,
        "baseline": check.constraint.baseline,
        "now": check.figure.as_ref().map(figure_json),
        "comparison_operator": check.constraint.comparison.as_str(),
        "threshold": check.constraint.threshold,
        "violated": told.run.violates(check),
        "outcome": check.outcome.as_str(),
    })
}

fn execution_json(told: &Told) -> Value {
    let checks: Vec<Value> = told
        .run
        .checks
        .iter()
        .map(|check| check_json(told, check))
        .collect();
    let metrics: Vec<Value> = told.run.group.figures().map(figure_json).collect();
    json!({
        "model": told.run.model,
        "window": told.run.window.from.to_string(),
        "window_end": told.run.window.to.to_string(),
        "as_of": instant(told.run.as_of),
        "violations": told.run.violations(),
        "provisional": told.record.provisional,
        "advice": told.advice.as_ref().and_then(Option::as_ref).map(advice_json),
        "execution": told.record.id(),
        "constraints": checks,
        "metrics": metrics,
        "rows": told.run.group.rows,
        "unmatched_labels": told.unmatched.as_ref().map(|(reason, count, all)| {
            json!({"count": all, "top_reason": reason, "of_top_reason": count})
        }),
        "folder": format!("{}/{}", told.out, told.folder),
    })
}

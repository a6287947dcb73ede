//! Executions: one in lines, many in a table, two side by side.

use groundline_engine::{RunFigure, RunRecord};
use groundline_monitor::Ran;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::output::csv::field;
use crate::output::json::document;
use crate::output::quality::value as number;
use crate::output::table::Grid;
use crate::output::{Form, ndjson};
use crate::printer::Stdout;

/// `2026-11-05T00:00:00Z`
pub(crate) fn instant(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros)
        .map_or_else(|_| micros.to_string(), |time| time.to_string())
}

/// What one run came to.
pub(crate) fn ran(ran: &Ran, form: Form, out: &mut Stdout) -> Result<(), Failure> {
    match form {
        Form::Table => {
            one(&ran.record, out)?;
            for run in &ran.restated {
                out.line(&format!("restated {}", summary(run)))?;
            }
            Ok(())
        }
        Form::Json => document(&ran_json(ran), out),
        Form::Ndjson => ndjson::line(&ran_json(ran), out),
        Form::Csv => {
            out.line(&COLUMNS.join(","))?;
            csv_line(&ran.record, out)?;
            ran.restated.iter().try_for_each(|run| csv_line(run, out))
        }
    }
}

/// One of the runs of a service, a line each.
pub(crate) fn line(ran: &Ran, form: Form, out: &mut Stdout) -> Result<(), Failure> {
    match form {
        Form::Table => out.line(&match ran.restated.len() {
            0 => summary(&ran.record),
            n => format!("{}; {n} earlier restated", summary(&ran.record)),
        }),
        Form::Json | Form::Ndjson => ndjson::line(&ran_json(ran), out),
        Form::Csv => csv_line(&ran.record, out),
    }
}

/// `churn-hourly@2026-11-01T13 Completed, 3 of 11 constraints violated, 42.0 % labelled, provisional`
pub(crate) fn summary(run: &RunRecord) -> String {
    let mut parts = vec![format!("{} {}", run.id(), run.state)];
    if run.state.is_completed() && !run.checks.is_empty() {
        parts.push(format!(
            "{} of {} constraints violated",
            run.violations,
            run.checks.len()
        ));
    }
    if let Some(coverage) = run.label_coverage() {
        parts.push(format!("{} labelled", percent(coverage)));
    }
    if run.provisional {
        parts.push("provisional".to_owned());
    }
    if run.restatements > 0 {
        parts.push(format!("restated {} times", run.restatements).replace("1 times", "once"));
    }
    if let Some(why) = &run.failure {
        parts.push(why.clone());
    }
    parts.join(", ")
}

/// Rounded down, so that only all is 100 %.
fn percent(share: f64) -> String {
    format!("{:.1} %", (share * 1000.0).floor() / 10.0)
}

/// Executions, oldest first.
pub(crate) fn list(runs: &[RunRecord], form: Form, out: &mut Stdout) -> Result<(), Failure> {
    match form {
        Form::Table => {
            let mut grid = Grid::new(&[
                "execution",
                "model",
                "window",
                "state",
                "violations",
                "labelled",
                "labels",
            ]);
            grid.right_align(4);
            grid.right_align(5);
            for run in runs {
                let checked = run.state.is_completed() && !run.checks.is_empty();
                grid.row(vec![
                    run.id(),
                    run.model.clone(),
                    format!("{} to {}", run.window.from, run.window.to),
                    run.state.to_string(),
                    match checked {
                        true => run.violations.to_string(),
                        false => String::new(),
                    },
                    run.label_coverage().map(percent).unwrap_or_default(),
                    labels(run),
                ]);
            }
            grid.print(out)
        }
        Form::Json => document(&runs.iter().map(run_json).collect::<Vec<_>>(), out),
        Form::Ndjson => runs
            .iter()
            .try_for_each(|run| ndjson::line(&run_json(run), out)),
        Form::Csv => {
            out.line(&COLUMNS.join(","))?;
            runs.iter().try_for_each(|run| csv_line(run, out))
        }
    }
}

fn labels(run: &RunRecord) -> String {
    match (run.provisional, run.restatements) {
        (true, 0) => "provisional".to_owned(),
        (true, n) => format!("provisional, restated {n}"),
        (false, 0) => "final".to_owned(),
        (false, n) => format!("final, restated {n}"),
    }
}

/// One execution, everything it said.
pub(crate) fn one(run: &RunRecord, out: &mut Stdout) -> Result<(), Failure> {
    out.line(&format!("{}: {}", run.id(), run.message))?;
    out.line(&format!(
        "{}, hours {} to {}, labels as of {}: {} of {} predictions labelled ({})",
        run.model,
        run.window.from,
        run.window.to,
        instant(run.as_of),
        run.labelled,
        run.predictions,
        labels(run),
    ))?;
    if let Some(why) = &run.failure
        && run.state.is_completed()
    {
        out.line(&format!("not complete: {why}"))?;
    }
    if !run.checks.is_empty() {
        let mut grid = Grid::new(&["metric", "value", "threshold", "", "at first"]);
        grid.right_align(1);
        grid.right_align(2);
        grid.right_align(4);
        for check in &run.checks {
            let figure = run.figures.iter().find(|f| f.metric == check.metric);
            let beyond = match check.comparison_operator.as_str() {
                "LessThanThreshold" => "below",
                _ => "above",
            };
            grid.row(vec![
                check.metric.clone(),
                number(figure.and_then(|figure| figure.value)),
                number(Some(check.threshold)),
                match (check.violated, check.outcome.as_str()) {
                    (true, "insufficient_evidence") => {
                        format!("violated: {beyond}, but the rows are too few to be sure")
                    }
                    (true, _) => format!("violated: {beyond}"),
                    (false, _) => "kept".to_owned(),
                },
                number(figure.and_then(|figure| figure.first)),
            ]);
        }
        grid.print(out)?;
    }
    if !run.folder.is_empty() {
        out.line(&format!("files: {}", run.folder))?;
    }
    Ok(())
}

/// Two executions, metric by metric.
pub(crate) fn diff(
    a: &RunRecord,
    b: &RunRecord,
    form: Form,
    out: &mut Stdout,
) -> Result<(), Failure> {
    let mut rows = Vec::new();
    let names = a
        .figures
        .iter()
        .chain(&b.figures)
        .map(|f| f.metric.as_str());
    let mut seen = std::collections::BTreeSet::new();
    for metric in names.filter(|metric| seen.insert(*metric)) {
        let of = |run: &'_ RunRecord| run.figures.iter().find(|f| f.metric == metric).cloned();
        rows.push((metric.to_owned(), of(a), of(b)));
    }
    let value = |figure: &Option<RunFigure>| figure.as_ref().and_then(|figure| figure.value);
    let delta =
        |one: &Option<RunFigure>, other: &Option<RunFigure>| Some(value(other)? - value(one)?);
    match form {
        Form::Table => {
            for (name, run) in [("a", a), ("b", b)] {
                out.line(&format!("{name}: {}", summary(run)))?;
            }
            let mut grid = Grid::new(&["metric", "a", "b", "b - a", "95 % intervals"]);
            (1..4).for_each(|column| grid.right_align(column));
            for (metric, one, other) in &rows {
                grid.row(vec![
                    metric.clone(),
                    number(value(one)),
                    number(value(other)),
                    number(delta(one, other)),
                    apart(one.as_ref(), other.as_ref()).to_owned(),
                ]);
            }
            grid.print(out)
        }
        Form::Csv => {
            out.line("metric,a,b,difference,intervals")?;
            for (metric, one, other) in &rows {
                let number = |value: Option<f64>| {
                    value.map_or_else(String::new, |value| Value::from(value).to_string())
                };
                let cells = [
                    field(metric),
                    number(value(one)),
                    number(value(other)),
                    number(delta(one, other)),
                    apart(one.as_ref(), other.as_ref()).to_owned(),
                ];
                out.line(&cells.join(","))?;
            }
            Ok(())
        }
        Form::Json | Form::Ndjson => {
            let metrics = rows.iter().map(|(metric, one, other)| {
                json!({
                    "metric": metric,
                    "a": value(one),
                    "b": value(other),
                    "difference": delta(one, other),
                    "intervals": apart(one.as_ref(), other.as_ref()),
                })
            });
            let whole = json!({
                "a": run_json(a),
                "b": run_json(b),
                "metrics": metrics.collect::<Vec<_>>(),
            });
            match form {
                Form::Json => document(&whole, out),
                _ => ndjson::line(&whole, out),
            }
        }
    }
}

/// Whether the intervals of two figures have anything in common.
fn apart(one: Option<&RunFigure>, other: Option<&RunFigure>) -> &'static str {
    let ends = |figure: Option<&RunFigure>| figure.and_then(|f| Some((f.ci_low?, f.ci_high?)));
    match (ends(one), ends(other)) {
        (Some((low, high)), Some((other_low, other_high))) => {
            match high < other_low || other_high < low {
                true => "apart",
                false => "overlap",
            }
        }
        _ => "",
    }
}

const COLUMNS: [&str; 14] = [
    "schedule",
    "scheduled",
    "model",
    "window",
    "window_end",
    "as_of",
    "state",
    "constraints",
    "violations",
    "predictions",
    "labelled",
    "provisional",
    "restatements",
    "failure",
];

fn csv_line(run: &RunRecord, out: &mut Stdout) -> Result<(), Failure> {
    let cells = [
        run.schedule.clone(),
        run.scheduled.to_string(),
        run.model.clone(),
        run.window.from.to_string(),
        run.window.to.to_string(),
        instant(run.as_of),
        run.state.to_string(),
        run.checks.len().to_string(),
        run.violations.to_string(),
        run.predictions.to_string(),
        run.labelled.to_string(),
        run.provisional.to_string(),
        run.restatements.to_string(),
        run.failure.clone().unwrap_or_default(),
    ];
    let cells: Vec<String> = cells.iter().map(|cell| field(cell)).collect();
    out.line(&cells.join(","))
}

pub(crate) fn run_json(run: &RunRecord) -> Value {
    json!({
        "id": run.id(),
        "schedule": run.schedule,
        "scheduled": run.scheduled.to_string(),
        "run_time": instant(run.run_time),
        "model": run.model,
        "window": run.window.from.to_string(),
        "window_end": run.window.to.to_string(),
        "as_of": instant(run.as_of),
        "state": run.state.as_str(),
        "problem_type": run.problem_type.map(|kind| kind.as_str()),
        "endpoint": run.endpoint,
        "message": run.message,
        "failure": run.failure,
        "violations": run.violations,
        "predictions": run.predictions,
        "labelled": run.labelled,
        "label_coverage": run.label_coverage(),
        "provisional": run.provisional,
        "restatements": run.restatements,
        "folder": run.folder,
        "figures": run.figures,
        "checks": run.checks,
    })
}

fn ran_json(ran: &Ran) -> Value {
    let mut whole = run_json(&ran.record);
    if let Some(members) = whole.as_object_mut() {
        let restated = ran.restated.iter().map(run_json).collect();
        members.insert("restated".to_owned(), restated);
    }
    whole
}

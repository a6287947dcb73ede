//! What a backfill says: its plan, and what happened.

use std::collections::BTreeMap;

use groundline_engine::{BackfillReport, Done, HourDone, ModelDone, ModelStates, PlanReport};
use serde_json::{Value, json};

use crate::amount;
use crate::commands::backfill::Took;
use crate::failure::Failure;
use crate::output::csv::field;
use crate::output::json::document;
use crate::output::table::Grid;
use crate::output::{Form, ndjson, unprintable};
use crate::printer::Stdout;

/// Reasons of a plan that are told.
const MOST_REASONS: usize = 8;
/// Failed hours that are told one by one.
const MOST_FAILURES: usize = 20;

/// Writes a plan that is not carried out.
pub(crate) fn plan(
    plan: &PlanReport,
    took: Took,
    form: Form,
    out: &mut Stdout,
) -> Result<(), Failure> {
    match form {
        Form::Table => {
            for line in plan_lines(plan) {
                out.line(&line)?;
            }
            out.line(&times(took))
        }
        Form::Json => document(&with_times(serde_json::to_value(plan), took)?, out),
        Form::Ndjson => each_planned(plan, |model, hour| ndjson::line_of(&model.model, hour, out)),
        Form::Csv => {
            out.line("model,endpoint,variant,hour,state,work,files,bytes")?;
            each_planned(plan, |model, hour| {
                let cells = [
                    field(&model.model),
                    field(&hour.endpoint),
                    field(&hour.variant),
                    hour.hour.clone(),
                    hour.state.as_str().to_owned(),
                    hour.work.unwrap_or_default().to_owned(),
                    hour.files.to_string(),
                    hour.bytes.to_string(),
                ];
                out.line(&cells.join(","))
            })
        }
    }
}

fn each_planned(
    plan: &PlanReport,
    mut write: impl FnMut(&ModelStates, &groundline_engine::HourStates) -> Result<(), Failure>,
) -> Result<(), Failure> {
    for model in &plan.models {
        for hour in model.hours.iter().filter(|hour| hour.work.is_some()) {
            write(model, hour)?;
        }
    }
    Ok(())
}

/// The plan in a few lines: how many hours, what they cost, and why.
pub(crate) fn plan_lines(plan: &PlanReport) -> Vec<String> {
    let mut lines = Vec::new();
    for model in plan.models.iter().filter(|model| model.no_input.is_none()) {
        let work = model.work;
        if work.hours() == 0 {
            lines.push(format!(
                "{}: {} to {}: nothing to do, {} are as they should be",
                model.model,
                model.from,
                model.to,
                amount::of(model.hours.len() as u64, "hour")
            ));
            continue;
        }
        let parts = [
            (work.build, "to build"),
            (work.patch, "take late labels"),
            (work.point, "only see other labels now"),
            (work.look_up, "to look up"),
        ];
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        lines.push(format!(
            "{}: {} to {}: {} of {}: {}; {} to read, about {} GET{}",
            model.model,
            model.from,
            model.to,
            work.hours(),
            amount::of(model.hours.len() as u64, "hour"),
            parts.join(", "),
            amount::bytes(work.bytes),
            work.gets,
            match work.lists {
                // Folders are listed without any.
                0 => String::new(),
                lists => format!(" ({lists} LIST so far)"),
            },
        ));
        if model.looked.files > 0 || model.looked.hours > 0 {
            lines.push(format!(
                "  {} {} {} of {}",
                amount::of(model.looked.files as u64, "label file"),
                if model.looked.files == 1 {
                    "touches"
                } else {
                    "touch"
                },
                model.looked.touched,
                amount::of(model.looked.hours as u64, "hour"),
            ));
        }
        if let (Some(why), true) = (&model.not_patched, any_label_stale(model)) {
            lines.push(format!(
                "  hours with other labels are built anew, because {why}"
            ));
        }
        let reasons = reasons(model);
        let more = reasons.len().saturating_sub(MOST_REASONS);
        for (reason, count) in reasons.into_iter().take(MOST_REASONS) {
            lines.push(format!("  {} {reason}", amount::of(count, "hour")));
        }
        if more > 0 {
            lines.push(format!("  {more} more reasons: groundline status --why"));
        }
    }
    lines
}

fn any_label_stale(model: &ModelStates) -> bool {
    let mut hours = model.hours.iter();
    hours.any(|hour| hour.state == groundline_store::HourState::LabelStale)
}

/// States and first reasons of the hours to do, the most frequent first.
fn reasons(model: &ModelStates) -> Vec<(String, u64)> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for hour in model.hours.iter().filter(|hour| hour.work.is_some()) {
        let why = hour.why.first().map(String::as_str).unwrap_or_default();
        // Files differ from hour to hour, kinds of reasons do not.
        let kind = why.split_once(" (").map_or(why, |(kind, _)| kind);
        *counts
            .entry(format!("{}: {kind}", hour.state.as_str()))
            .or_default() += 1;
    }
    let mut reasons: Vec<(String, u64)> = counts.into_iter().collect();
    reasons.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    reasons
}

/// Writes what happened.
pub(crate) fn report(
    report: &BackfillReport,
    took: Took,
    form: Form,
    out: &mut Stdout,
) -> Result<(), Failure> {
    match form {
        Form::Table => table(report, took, out),
        Form::Json => document(&with_times(serde_json::to_value(report), took)?, out),
        Form::Ndjson => each_done(report, |model, hour| {
            ndjson::line_of(&model.model, hour, out)
        }),
        Form::Csv => {
            out.line("model,endpoint,variant,hour,done,rows,bytes,failure")?;
            each_done(report, |model, hour| {
                let cells = [
                    field(&model.model),
                    field(&hour.endpoint),
                    field(&hour.variant),
                    hour.hour.clone(),
                    hour.done.as_str().to_owned(),
                    hour.rows.to_string(),
                    hour.bytes.to_string(),
                    field(hour.failure.as_deref().unwrap_or_default()),
                ];
                out.line(&cells.join(","))
            })
        }
    }
}

fn each_done(
    report: &BackfillReport,
    mut write: impl FnMut(&ModelDone, &HourDone) -> Result<(), Failure>,
) -> Result<(), Failure> {
    for model in &report.models {
        for hour in &model.hours {
            write(model, hour)?;
        }
    }
    Ok(())
}

fn table(report: &BackfillReport, took: Took, out: &mut Stdout) -> Result<(), Failure> {
    let mut grid = Grid::new(&[
        "model",
        "built",
        "patched",
        "pointed",
        "failed",
        "archived",
        "not begun",
        "untouched",
        "open",
        "rows",
        "bytes",
    ]);
    for column in 1..11 {
        grid.right_align(column);
    }
    for model in report
        .models
        .iter()
        .filter(|model| model.no_input.is_none())
    {
        let count = |done: Done| model.hours.iter().filter(|hour| hour.done == done).count();
        let written = model.hours.iter().filter(|hour| hour.done != Done::Pointed);
        let (rows, bytes) = written.fold((0, 0), |(rows, bytes), hour| {
            (rows + hour.rows, bytes + hour.bytes)
        });
        grid.row(vec![
            model.model.clone(),
            count(Done::Built).to_string(),
            count(Done::Patched).to_string(),
            count(Done::Pointed).to_string(),
            count(Done::Failed).to_string(),
            count(Done::Archived).to_string(),
            count(Done::NotBegun).to_string(),
            model.untouched.to_string(),
            model.open.to_string(),
            rows.to_string(),
            amount::bytes(bytes),
        ]);
    }
    if grid.has_rows() {
        grid.print(out)?;
    }
    let failed: Vec<(&ModelDone, &HourDone)> = report
        .models
        .iter()
        .flat_map(|model| model.hours.iter().map(move |hour| (model, hour)))
        .filter(|(_, hour)| hour.failure.is_some())
        .collect();
    for (model, hour) in failed.iter().take(MOST_FAILURES) {
        out.line(&format!(
            "{} {} {}/{} {}: {}",
            hour.done.as_str(),
            model.model,
            hour.endpoint,
            hour.variant,
            hour.hour,
            hour.failure.as_deref().unwrap_or_default()
        ))?;
        if let Some(hint) = &hour.hint {
            out.line(&format!("  {hint}"))?;
        }
    }
    if failed.len() > MOST_FAILURES {
        out.line(&format!("and {} more", failed.len() - MOST_FAILURES))?;
    }
    for model in &report.models {
        let labels = model.labels;
        if labels.read > 0 {
            out.line(&format!(
                "{}: labels read {}, rejected {}, taken {}, duplicate {}, superseded {}, taken by none of these hours {}",
                model.model,
                labels.read,
                labels.rejected,
                labels.matched,
                labels.duplicate,
                labels.superseded,
                labels.unmatched()
            ))?;
        }
    }
    out.line(&times(took))
}

fn times(took: Took) -> String {
    format!(
        "listing {:.2} s, looking up {:.2} s, writing {:.2} s",
        took.list.as_secs_f64(),
        took.look_up.as_secs_f64(),
        took.write.as_secs_f64()
    )
}

fn with_times(value: serde_json::Result<Value>, took: Took) -> Result<Value, Failure> {
    let mut value = value.map_err(|error| unprintable(&error))?;
    if let Some(object) = value.as_object_mut() {
        object.insert(
            "seconds".to_owned(),
            json!({
                "list": took.list.as_secs_f64(),
                "look_up": took.look_up.as_secs_f64(),
                "write": took.write.as_secs_f64(),
            }),
        );
    }
    Ok(value)
}

//! One model's window: measured, checked, and written in SageMaker's layout.

use std::collections::BTreeSet;
use std::sync::Arc;

use groundline_engine::{
    Every, MergeOptions, MergeReport, ModelReport, Progress, QualityGroup, QualityReport,
    QualitySource, QualityValues, measure, merge, write_metrics,
};
use groundline_quality::{Check, Constraints, Figure, LEAST_ROWS, Margin, Outcome, check, suggest};
use groundline_report::{constraints_json, statistics_json, violations_json};
use groundline_store::Window;

use crate::commands::measured::{Measuring, run_folder, run_window, write_files};
use crate::failure::Failure;
use crate::suggest::did_you_mean;

/// SageMaker has the schedule's name in its paths; this is of runs without one.
const SCHEDULE: &str = "monitor";

/// A model and what it is held against.
#[derive(Clone, Debug)]
pub(crate) struct Monitored {
    pub(crate) name: String,
    /// Globs; empty means all.
    pub(crate) endpoints: Vec<String>,
    pub(crate) variants: Vec<String>,
    pub(crate) values: QualityValues,
    pub(crate) constraints: Option<Constraints>,
    /// Another model of the configuration may have the same endpoints: they would have one folder.
    pub(crate) shares_endpoints: bool,
    /// Flags by which `quality` reads the model's hour files as it was read here.
    pub(crate) flags: String,
}

/// One model's window, measured and checked.
#[derive(Debug)]
pub(crate) struct Execution {
    pub(crate) model: String,
    pub(crate) window: Window,
    pub(crate) as_of: i64,
    pub(crate) group: QualityGroup,
    pub(crate) flags: String,
    pub(crate) checks: Vec<Check>,
    /// Whether the interval decides.
    pub(crate) honest: bool,
    /// Of the reason that most unmatched labels have: the reason, how many, and of how many.
    pub(crate) unmatched: Option<(String, u64, u64)>,
    /// Where it was written to: the output, and the folder of SageMaker's files below it.
    pub(crate) out: String,
    pub(crate) folder: String,
}

impl Execution {
    /// Whether a check counts as a violation.
    pub(crate) fn violates(&self, check: &Check) -> bool {
        match self.honest {
            true => check.outcome == Outcome::Violated,
            false => check.violated,
        }
    }

    pub(crate) fn violations(&self) -> usize {
        self.checks
            .iter()
            .filter(|check| self.violates(check))
            .count()
    }
}

/// What became of the models of a call.
pub(crate) struct Executions {
    pub(crate) merged: MergeReport,
    pub(crate) done: Vec<Execution>,
    /// Models that could not be measured: the others are, all the same.
    pub(crate) failed: Vec<(String, Failure)>,
}

/// Merges the window, and measures every model that has hours in it.
pub(crate) async fn execute(
    options: &MergeOptions,
    measuring: &Measuring,
    models: Vec<Monitored>,
    honest: bool,
    progress: Arc<dyn Progress>,
) -> Result<Executions, Failure> {
    let merged = merge(options, progress).await?;
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    let folders = folders(&merged);
    for (model, report, folder) in models.into_iter().filter_map(|model| {
        let at = merged
            .models
            .iter()
            .position(|report| report.model == model.name)?;
        Some((model, merged.models.get(at)?, folders.get(at)?))
    }) {
        let written = report.hours.iter().any(|hour| hour.failure.is_none());
        let (true, Some(window)) = (written, options.window.or(run_window(report))) else {
            continue;
        };
        let name = model.name.clone();
        match one(options, measuring, model, report, folder, window, honest).await {
            Ok(execution) => done.push(execution),
            Err(failure) => failed.push((name, failure)),
        }
    }
    Ok(Executions {
        merged,
        done,
        failed,
    })
}

async fn one(
    options: &MergeOptions,
    measuring: &Measuring,
    model: Monitored,
    merged: &ModelReport,
    folder: &str,
    window: Window,
    honest: bool,
) -> Result<Execution, Failure> {
    let out = options.out.clone();
    let source = QualitySource::Merged {
        out: out.clone(),
        model: model.name.clone(),
        endpoints: model.endpoints,
        variants: model.variants,
    };
    let measured = measure(&measuring.options(source, model.values, Some(window))).await?;
    let stores = &options.resources.stores;
    write_metrics(stores, &out, &measured, Every::Window, options.as_of_micros).await?;
    let QualityReport {
        problem_type,
        groups,
        ..
    } = measured;
    let group = groups
        .into_iter()
        .find(|group| group.segment.is_none())
        .ok_or_else(|| Failure::failed(format!("nothing of `{}` was measured", model.name)))?;
    let all = group.all_measured();
    let checks = match model.constraints {
        None => Vec::new(),
        Some(constraints) => {
            refuse_unmeasured(&constraints, &all.figures)?;
            check(&constraints, &all.figures, LEAST_ROWS)
        }
    };
    let folder = match model.shares_endpoints {
        true => model.name.as_str(),
        false => folder,
    };
    let execution = Execution {
        folder: run_folder(folder, SCHEDULE, window.to),
        flags: model.flags,
        model: model.name,
        window,
        as_of: options.as_of_micros,
        group,
        checks,
        honest,
        unmatched: unmatched(merged),
        out,
    };
    let violations: Vec<Check> = execution
        .checks
        .iter()
        .filter(|check| execution.violates(check))
        .cloned()
        .collect();
    let suggested = suggest(problem_type, &all.figures, Margin::None);
    let files = vec![
        ("statistics.json", statistics_json(&all, problem_type)),
        ("constraints.json", constraints_json(&suggested)),
        ("constraint_violations.json", violations_json(&violations)),
    ];
    write_files(stores, &execution.out, &execution.folder, files).await?;
    Ok(execution)
}

/// A constraint on a metric that nobody measures would be kept for ever.
fn refuse_unmeasured(constraints: &Constraints, figures: &[Figure]) -> Result<(), Failure> {
    let names = || figures.iter().map(|figure| figure.metric.as_ref());
    let mut constraints = constraints.constraints.iter();
    let unmeasured = constraints.find(|constraint| !names().any(|name| name == constraint.metric));
    match unmeasured {
        None => Ok(()),
        Some(constraint) => {
            let metric = &constraint.metric;
            let near = did_you_mean(metric, names());
            Err(Failure::usage(format!(
                "a constraint is on `{metric}`, which nothing measures{near}"
            ))
            .hint("a metric of your own is a statement in --metrics-dir, and has no segment here"))
        }
    }
}

/// For each model the folder of its files: its endpoint if it has one that no other model has, else its name
/// (design.md "Quality").
fn folders(merged: &MergeReport) -> Vec<String> {
    let endpoints: Vec<Option<String>> = merged.models.iter().map(only_endpoint).collect();
    let models = merged.models.iter().zip(&endpoints);
    models
        .map(|(model, endpoint)| {
            let sharing = endpoints.iter().filter(|other| *other == endpoint).count();
            match endpoint {
                Some(endpoint) if sharing == 1 => endpoint.clone(),
                _ => model.model.clone(),
            }
        })
        .collect()
}

fn only_endpoint(model: &ModelReport) -> Option<String> {
    let endpoints: BTreeSet<&str> = model
        .hours
        .iter()
        .map(|hour| hour.endpoint.as_str())
        .collect();
    let mut endpoints = endpoints.into_iter();
    match (endpoints.next(), endpoints.next()) {
        (Some(one), None) if one != "_batch" => Some(one.to_owned()),
        _ => None,
    }
}

fn unmatched(merged: &ModelReport) -> Option<(String, u64, u64)> {
    let all = merged.unmatched.iter().map(|group| group.count).sum();
    let top = merged.unmatched.iter().max_by_key(|group| group.count)?;
    Some((top.reason.clone(), top.count, all))
}

#[cfg(test)]
mod tests {
    use groundline_engine::HourReport;

    use super::*;

    #[test]
    fn models_of_one_endpoint_have_folders_of_their_own() {
        let model = |name: &str, endpoint: &str| ModelReport {
            model: name.to_owned(),
            hours: vec![HourReport {
                endpoint: endpoint.to_owned(),
                ..HourReport::default()
            }],
            ..ModelReport::default()
        };
        let merged = MergeReport {
            models: vec![
                model("blue", "shop"),
                model("green", "shop"),
                model("fraud", "pay"),
                model("nightly", "_batch"),
            ],
            ..MergeReport::default()
        };
        assert_eq!(folders(&merged), ["blue", "green", "pay", "nightly"]);
    }
}

//! The models of a call of `monitor`: merged together, measured one by one.

use std::collections::BTreeSet;
use std::sync::Arc;

use groundline_engine::{
    BATCH, MergeOptions, MergeReport, ModelReport, Progress, RunRecord, WindowAccounts, merge,
    write_run,
};
use groundline_monitor::{
    Advice, Execution, LabelTarget, MonitorError, Published, Publishing, Subject, UNSCHEDULED,
    Unscheduled, advise, execution_folder,
};
use groundline_store::Window;

use crate::commands::measured::run_window;
use crate::commands::merge::now;
use crate::failure::Failure;

/// A model and what it is held against.
#[derive(Clone, Debug)]
pub(crate) struct Monitored {
    pub(crate) subject: Subject,
    /// Another model of the configuration may have the same endpoints: they would have one folder.
    pub(crate) shares_endpoints: bool,
    pub(crate) target: LabelTarget,
    pub(crate) publishing: Publishing,
    /// Flags by which `quality` reads the model's hour files as it was read here.
    pub(crate) flags: String,
}

/// An execution, and what is said beside it.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) run: Execution,
    /// As it is recorded.
    pub(crate) record: RunRecord,
    pub(crate) published: Vec<Published>,
    /// Whether somebody asked how late labels came, and what there is to say.
    pub(crate) advice: Option<Option<Advice>>,
    pub(crate) flags: String,
    /// Of the reason that most unmatched labels have: the reason, how many, and of how many.
    pub(crate) unmatched: Option<(String, u64, u64)>,
    /// Where it was written to: the output, and the folder of SageMaker's files below it.
    pub(crate) out: String,
    pub(crate) folder: String,
}

/// What became of the models of a call.
pub(crate) struct Executions {
    pub(crate) merged: MergeReport,
    pub(crate) done: Vec<Told>,
    /// Models that could not be measured: the others are, all the same.
    pub(crate) failed: Vec<(String, Failure)>,
}

/// Merges the window, and measures every model that has hours in it.
pub(crate) async fn execute(
    options: &MergeOptions,
    models: Vec<Monitored>,
    advising: bool,
    progress: Arc<dyn Progress>,
) -> Result<Executions, Failure> {
    let merged = merge(options, progress).await?;
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    let folders = folders(&merged);
    for (model, report, folder) in models.into_iter().filter_map(|model| {
        let at = merged
            .models
            .iter()
            .position(|report| report.model == model.subject.model)?;
        Some((model, merged.models.get(at)?, folders.get(at)?))
    }) {
        let written = report.hours.iter().any(|hour| hour.failure.is_none());
        let (true, Some(window)) = (written, options.window.or(run_window(report))) else {
            continue;
        };
        let name = model.subject.model.clone();
        let min_coverage = model.target.min_coverage;
        match one(options, model, report, folder, window).await {
            Ok(mut told) => {
                if advising {
                    let (out, as_of) = (&options.out, options.as_of_micros);
                    told.advice =
                        Some(advise(out, report, as_of, min_coverage, &options.resources).await?);
                }
                done.push(told);
            }
            Err(error) => failed.push((name, error.into())),
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
    model: Monitored,
    merged: &ModelReport,
    folder: &str,
    window: Window,
) -> Result<Told, MonitorError> {
    let (out, stores) = (options.out.clone(), &options.resources.stores);
    let name = match model.shares_endpoints {
        true => model.subject.model.as_str(),
        false => folder,
    };
    let is_batch = merged.hours.iter().all(|hour| hour.endpoint == BATCH);
    let failed = merged.hours.iter().filter(|hour| hour.failure.is_some());
    let missing = match failed.count() {
        0 => None,
        failed => Some(format!(
            "{failed} of {} hours were not written",
            merged.hours.len()
        )),
    };
    let recorded = Unscheduled {
        model: &model.subject.model,
        window,
        as_of: options.as_of_micros,
        accounts: &WindowAccounts::merged(merged),
        endpoint: (!is_batch).then(|| name.to_owned()),
        target: &model.target,
        missing,
    };
    let folder = execution_folder(name, UNSCHEDULED, window.to);
    let measured = measured(options, &model.subject, window, &folder).await;
    let of = measured.as_ref().map(|run| (run, folder.as_str()));
    let record = recorded.record(of);
    write_run(stores, &out, &record).await?;
    let run = measured?;
    let published = model
        .publishing
        .publish(stores, &out, &record, now())
        .await?;
    Ok(Told {
        run,
        record,
        published,
        advice: None,
        flags: model.flags,
        unmatched: unmatched(merged),
        out,
        folder,
    })
}

async fn measured(
    options: &MergeOptions,
    subject: &Subject,
    window: Window,
    folder: &str,
) -> Result<Execution, MonitorError> {
    let run = Execution::measure(subject, &options.out, window, options.as_of_micros).await?;
    run.write(&options.resources.stores, &options.out, folder)
        .await?;
    Ok(run)
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
        (Some(one), None) if one != BATCH => Some(one.to_owned()),
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

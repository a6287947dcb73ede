//! The merge job: captures and labels in, SageMaker's merged JSON Lines out (formats.md 4).

use std::sync::Arc;

use groundline_engine::{
    BATCH, Join, MergeOptions, MergeReport, Progress, Resources, Source, merge as join,
};
use groundline_store::{Hour, encoded_name, head};

use super::error::ContainerError;
use super::folder::{Folder, copy, counted};
use super::job_request::JobRequest;
use super::merge_job::MergeJob;

/// Hours of lead that are as good as any: no label folder is older.
const UNBOUNDED: i64 = 100 * 8784;

/// In the engine's warning about a merge without attributes.
const ATTRIBUTES: &str = "neither an inference attribute nor a probability attribute was given";

/// What a merge job did.
#[derive(Clone, Debug)]
pub struct MergeDone {
    pub report: MergeReport,
    /// Keys of the files below `output_path`, in order.
    pub files: Vec<String>,
}

/// Runs a merge job. `options` brings what the contract does not say (machine, rejects, where labels have their ids) and
/// has one model; its window, join and label window are SageMaker's: whole hour folders, labelled records only, no limit
/// between the two hours. Where `options.out` is empty, only the merged JSON Lines are left behind. `transforms` is how
/// `dataset_source` is read where outputs of batch transforms lie there.
///
/// # Errors
/// [`ContainerError`], also where there are no captures, no labels, or none that belong together, as SageMaker's merger
/// fails then (formats.md 4.4), and where any hour could not be merged; nothing is written below `output_path` then.
pub async fn merge(
    job: &MergeJob,
    request: Option<&JobRequest>,
    mut options: MergeOptions,
    transforms: Source,
    progress: Arc<dyn Progress>,
) -> Result<MergeDone, ContainerError> {
    let stores = options.resources.stores.clone();
    let (captures, labels) = (&job.dataset_source, &job.ground_truth_source);
    let told_below = |folder: &str| request.and_then(|request| request.inputs_below(folder));
    let nothing = |error: ContainerError, what: &'static str, layout: &str| match error {
        ContainerError::Nothing {
            variable,
            folder,
            found,
            ..
        } => ContainerError::Nothing {
            hints: told_below(&folder)
                .into_iter()
                .chain([format!("expected {layout} there")])
                .collect(),
            what,
            variable,
            folder,
            found,
        },
        error => error,
    };
    let no_captures = |error| {
        nothing(
            error,
            "captures",
            "{endpoint}/{variant}/yyyy/mm/dd/hh/*.jsonl, or the *.out files of batch transforms",
        )
    };
    let no_labels = |error| nothing(error, "labels", "yyyy/mm/dd/hh/*.jsonl");
    let empty = |folder: &Folder, variable, path: &str| ContainerError::Nothing {
        what: "files",
        variable,
        folder: path.to_owned(),
        found: folder.told(),
        hints: Vec::new(),
    };

    let predictions = Folder::look(&stores, "dataset_source", captures)
        .await
        .map_err(no_captures)?;
    let truth = Folder::look(&stores, "ground_truth_source", labels)
        .await
        .map_err(no_labels)?;
    for (variable, folder, path) in [
        ("dataset_source", &predictions, captures),
        ("ground_truth_source", &truth, labels),
    ] {
        if folder.root.holds(&job.output_path) {
            return Err(ContainerError::OutputInside {
                output: job.output_path.clone(),
                variable,
                folder: path.clone(),
            });
        }
    }
    let batch = predictions.has_transforms;
    if predictions.files.is_empty() && !batch {
        let error = empty(&predictions, "dataset_source", captures);
        return Err(no_captures(error));
    }
    if truth.files.is_empty() {
        return Err(no_labels(empty(&truth, "ground_truth_source", labels)));
    }

    // Goes away with what nobody asked for.
    let folder = match options.out.is_empty() {
        true => Some(temporary(&options.resources)?),
        false => None,
    };
    if let Some(folder) = &folder {
        options.out = folder.path().display().to_string();
    }
    by_contract(&mut options, batch.then_some(transforms));
    let mut report = join(&options, progress).await?;
    for model in &mut report.models {
        // A merge job has none by contract.
        model
            .warnings
            .retain(|warning| !warning.contains(ATTRIBUTES));
    }
    if report.is_empty() {
        let error = empty(&predictions, "dataset_source", captures);
        return Err(no_captures(error));
    }
    refuse_failed(&report)?;
    refuse_unmatched(&report, &predictions, &truth)?;
    let files = write(&options, &report, &job.output_path).await?;
    Ok(MergeDone { report, files })
}

/// A folder for what is not left behind.
pub(crate) fn temporary(resources: &Resources) -> Result<tempfile::TempDir, ContainerError> {
    let temp_dir = &resources.temp_dir;
    tempfile::tempdir_in(temp_dir).map_err(|source| ContainerError::Io {
        what: format!("`{}` for temporary files", temp_dir.display()),
        source,
    })
}

/// SageMaker's join, whatever the settings say.
fn by_contract(options: &mut MergeOptions, transforms: Option<Source>) {
    options.window = None;
    options.jsonl = true;
    // No label folder is later.
    options.as_of_micros = Hour::from_parts(9999, 12, 31, 23).map_or(i64::MAX, Hour::micros);
    for model in &mut options.models {
        model.policy.join = Join::Inner;
        model.policy.label_lead_hours = UNBOUNDED;
        model.policy.label_horizon_hours = None;
        if let Some(transforms) = &transforms {
            model.source = transforms.clone();
        }
    }
}

/// A job has one status for all its hours.
pub(crate) fn refuse_failed(report: &MergeReport) -> Result<(), ContainerError> {
    let Some(first) = report.failed_hours().next() else {
        return Ok(());
    };
    Err(ContainerError::Hour {
        hour: first.hour.clone(),
        place: format!("{}/{}", first.endpoint, first.variant),
        others: match report.failed_hours().skip(1).count() {
            0 => String::new(),
            more => format!(" and {}", counted(more, "other")),
        },
        why: first.failure.clone().unwrap_or_default(),
        hint: first.hint.clone(),
    })
}

fn refuse_unmatched(
    report: &MergeReport,
    predictions: &Folder,
    truth: &Folder,
) -> Result<(), ContainerError> {
    let labelled = |model: &groundline_engine::ModelReport| model.ledger.predictions.labelled > 0;
    if report.models.iter().any(labelled) {
        return Ok(());
    }
    let count = |number: fn(&groundline_engine::ModelReport) -> u64| -> u64 {
        report.models.iter().map(number).sum()
    };
    let mut told = format!(
        "none of {} found a label among {}; dataset_source {}, ground_truth_source {}",
        records(
            count(|model| model.ledger.predictions.read),
            "prediction record"
        ),
        records(count(|model| model.ledger.labels.read), "label"),
        predictions.told(),
        truth.told(),
    );
    let mut hints = Vec::new();
    let groups = report.models.iter().flat_map(|model| &model.unmatched);
    if let Some(most) = groups.max_by_key(|group| group.count) {
        told.push_str(&format!(
            "; {} of the labels: {}, for example {}",
            most.count, most.reason, most.example
        ));
        if let Some(nearest) = &most.nearest {
            told.push_str(&format!(", nearest {nearest}"));
        }
        hints.push(most.hint.clone());
    }
    Err(ContainerError::NoMatches { told, hints })
}

fn records(count: u64, what: &str) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), what)
}

/// Puts the merged hours where SageMaker's merger does; an hour without labelled records has no file.
async fn write(
    options: &MergeOptions,
    report: &MergeReport,
    output_path: &str,
) -> Result<Vec<String>, ContainerError> {
    let stores = &options.resources.stores;
    let from = stores.open(&options.out).await?;
    let to = stores.create(output_path).await?;
    let mut files = Vec::new();
    for model in &report.models {
        for hour in &model.hours {
            let place = match hour.endpoint == BATCH {
                true => encoded_name(&model.model),
                false => format!(
                    "{}/{}",
                    encoded_name(&hour.endpoint),
                    encoded_name(&hour.variant)
                ),
            };
            let key = format!(
                "{place}/{}/part-00000.jsonl",
                Hour::parse(&hour.hour)?.path()
            );
            let merged = from.child(&format!("merge/{key}"))?;
            match head(&from, &merged).await? {
                Some(object) if object.size > 0 => {
                    copy(&from, &object, &to, &key).await?;
                    files.push(key);
                }
                _ => {}
            }
        }
    }
    Ok(files)
}

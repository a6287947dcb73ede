//! A data set with columns for label and prediction: what a baseline job and a check on demand read (formats.md 10.1).

use std::path::Path;

use groundline_engine::Dataset;
use groundline_store::{Object, Root, StoreError, Stores, list_flat};

use super::analyze_job::AnalyzeJob;
use super::dataset_format::DatasetFormat;
use super::error::ContainerError;
use super::folder::copy;

/// The files of a format, and the ending that says so; the first is given to files that have none of them.
fn endings(format: DatasetFormat) -> &'static [&'static str] {
    match format {
        DatasetFormat::Csv { .. } => &["csv"],
        DatasetFormat::JsonLines | DatasetFormat::Merged => &["jsonl", "json", "ndjson"],
        DatasetFormat::Parquet => &["parquet"],
    }
}

/// The table of a job; files whose names do not say what they are are copied below `temporary`.
pub(crate) async fn table(
    job: &AnalyzeJob,
    stores: &Stores,
    temporary: &Path,
) -> Result<Dataset, ContainerError> {
    let header = match job.format {
        DatasetFormat::Csv { header } => Some(header),
        _ => None,
    };
    Ok(Dataset {
        files: files(job, stores, temporary).await?,
        header,
        inference_attribute: job.attributes.inference.clone(),
        probability_attribute: job.attributes.probability.clone(),
        ground_truth_attribute: job.attributes.ground_truth.clone(),
    })
}

async fn files(
    job: &AnalyzeJob,
    stores: &Stores,
    temporary: &Path,
) -> Result<String, ContainerError> {
    let folder = &job.dataset_source;
    let nothing = |found: &str| ContainerError::Nothing {
        what: "data set",
        variable: "dataset_source",
        folder: folder.clone(),
        found: found.to_owned(),
        hints: vec![
            "the job's ProcessingInput puts the data set there: its LocalPath is dataset_source"
                .to_owned(),
        ],
    };
    let root = match stores.open(folder).await {
        Ok(root) => root,
        Err(StoreError::IsAFile { .. }) => return Ok(folder.clone()),
        Err(StoreError::NoSuchFolder { .. }) => return Err(nothing("is not there")),
        Err(error) => return Err(error.into()),
    };
    let (objects, skipped) = list_flat(&root, root.prefix()).await?;
    if objects.is_empty() {
        return Err(nothing(match skipped.total() {
            0 => "has no files",
            _ => "has only files that are empty, hidden or linked from elsewhere",
        }));
    }
    let ending = |object: &Object| {
        let endings = endings(job.format).iter();
        endings
            .copied()
            .find(|ending| object.key.ends_with(&format!(".{ending}")))
    };
    let first = objects.first().and_then(ending);
    let plain = !folder.contains(['*', '?', '[']);
    match (objects.as_slice(), first) {
        ([only], Some(_)) if plain && !only.key.contains(['*', '?', '[']) => {
            Ok(format!("{}/{}", folder.trim_end_matches('/'), only.key))
        }
        (_, Some(_)) if plain && objects.iter().all(|object| ending(object) == first) => {
            Ok(folder.clone())
        }
        _ => named(job.format, &root, &objects, temporary).await,
    }
}

/// Copies files under names that say what they are.
async fn named(
    format: DatasetFormat,
    root: &Root,
    objects: &[Object],
    temporary: &Path,
) -> Result<String, ContainerError> {
    let ending = endings(format).first().copied().unwrap_or_default();
    let folder = temporary.join("table").display().to_string();
    let to = Root::create(&folder)?;
    for (number, object) in objects.iter().enumerate() {
        copy(root, object, &to, &format!("{number:05}.{ending}")).await?;
    }
    Ok(folder)
}

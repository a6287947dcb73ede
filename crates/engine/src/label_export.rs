//! Labels written as ground truth in SageMaker's layout, wherever they come from.
//!
//! One file for each hour, a function of its labels alone: a repeat writes nothing, a changed label rewrites its
//! hour, and an hour that has no labels any more loses the file that an earlier export gave it.

mod hour_labels;

use std::collections::BTreeSet;
use std::sync::Arc;

use groundline_capture::{Column, Grain, LabelId, Reject};
use groundline_store::{Hour, Partition, Root, Window, delete_if_present, list_hours};
use serde::Serialize;

use crate::error::EngineError;
use crate::label_source::LabelSource;
use crate::model::Source;
use crate::options::{MaxRejects, Resources};
use crate::progress::Progress;
use crate::read::{BATCH_BYTES, IdRules, LogKey, ReadOptions, RecordReader, ScanLog};
use crate::tables::{Input, Inputs};
use crate::warehouse::{finds_output, stage};
use hour_labels::{Written, write_hour};

/// What an export is asked to do.
#[derive(Clone, Debug)]
pub struct LabelExport {
    /// Name of the model: the files carry it.
    pub model: String,
    pub labels: LabelSource,
    /// Where ground truth holds its ids.
    pub label_id: LabelId,
    /// The model's predictions, so that nothing is written among them.
    pub predictions: Option<Source>,
    /// Hours of labels; `None` is all.
    pub window: Option<Window>,
    /// Folder or URI above `yyyy/mm/dd/hh`.
    pub to: String,
    pub max_rejects: MaxRejects,
    pub resources: Resources,
}

/// What an export did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LabelExportReport {
    pub model: String,
    pub to: String,
    /// Labels of the hours, written now or before.
    pub labels: u64,
    pub rejected: u64,
    /// The first reject: file, place, reason, detail.
    pub reject_example: Option<String>,
    /// Hours that have labels.
    pub hours: u64,
    pub written: u64,
    pub unchanged: u64,
    pub removed: u64,
    /// Keys below `to` of the files that were written.
    pub written_files: Vec<String>,
    pub removed_files: Vec<String>,
}

/// Writes the labels of a model as ground truth.
pub async fn export_labels(
    export: &LabelExport,
    progress: Arc<dyn Progress>,
) -> Result<LabelExportReport, EngineError> {
    refuse_inputs(export).await?;
    // How many there are, and the first.
    let (mut rejected, mut first) = (0, None);
    let inputs = match &export.labels {
        LabelSource::GroundTruth { uri } => {
            let ids = IdRules::new(export.label_id.clone(), None)?;
            let labels = Inputs::labels(&export.resources.stores, uri)
                .await?
                .identified(&Arc::new(ids));
            labels.list(export.window).await?.inputs
        }
        LabelSource::Table(table) => {
            let staged = stage(table, export.window, &export.resources).await?;
            rejected = staged.rejects.len() as u64;
            first = staged
                .rejects
                .first()
                .map(|found| example(&found.key, &found.reject, &format!("row {}", found.line)));
            staged.inputs
        }
    };
    progress.plan(inputs.iter().map(Input::bytes).sum(), 0);
    let log = Arc::new(ScanLog::default());
    let mut options = ReadOptions {
        grain: Grain::Capture,
        columns: vec![Column::Position],
        batch_rows: export.resources.batch_size,
        batch_bytes: BATCH_BYTES,
        limits: export.resources.limits,
        log: Arc::clone(&log),
        progress: None,
    };
    // Too many rejects stop it before the first hour is written, so everything is read through before.
    for input in &inputs {
        let mut reader = RecordReader::open(input, None, &options).await?;
        while reader.next().await?.is_some() {}
    }
    let mut read = rejected;
    for (key, file) in log.take() {
        read += file.counts.records;
        rejected += file.rejects.len() as u64;
        if let (None, Some(found)) = (&first, file.rejects.first()) {
            first = Some(example(&key, found, &format!("byte {}", found.position)));
        }
    }
    let mut report = LabelExportReport {
        model: export.model.clone(),
        to: export.to.clone(),
        rejected,
        reject_example: first,
        ..LabelExportReport::default()
    };
    if !export.max_rejects.accepts(report.rejected, read) {
        return Err(EngineError::LabelRejects {
            rejected: report.rejected,
            read,
            limit: export.max_rejects.to_string(),
            example: report.reject_example.unwrap_or_default(),
        });
    }

    let root = export.resources.stores.create(&export.to).await?;
    options.columns = vec![Column::Key, Column::Label, Column::LabelEncoding];
    options.progress = Some(progress);
    let mut kept: BTreeSet<Hour> = BTreeSet::new();
    for hour in inputs.chunk_by(|one, two| one.hour == two.hour) {
        let Some(of) = hour.first().map(|input| input.hour) else {
            continue;
        };
        let key = key(&export.model, of);
        let (labels, written) = write_hour(&root, &key, hour, &options).await?;
        if labels == 0 {
            continue;
        }
        kept.insert(of);
        report.labels += labels;
        report.hours += 1;
        match written {
            Written::Same => report.unchanged += 1,
            Written::New => {
                report.written += 1;
                report.written_files.push(key);
            }
        }
    }
    remove_others(export, &root, &kept, &mut report).await?;
    Ok(report)
}

/// `labels.csv at row 8: no_id: …`
fn example(key: &LogKey, reject: &Reject, place: &str) -> String {
    let (file, reason) = (&key.file, reject.reason.as_str());
    format!("{file} at {place}: {reason}: {}", reject.detail)
}

/// The file of an hour; the model's name is encoded as in the paths of a merge.
fn key(model: &str, hour: Hour) -> String {
    format!("{}/{}", hour.path(), name(model, hour))
}

fn name(model: &str, hour: Hour) -> String {
    let folder = Partition {
        model: model.to_owned(),
        endpoint: String::new(),
        variant: String::new(),
        hour,
    }
    .folder();
    let encoded = folder.split('/').next().unwrap_or_default();
    let encoded = encoded.strip_prefix("model=").unwrap_or(encoded);
    format!("groundline-{encoded}.jsonl")
}

/// Removes files of this model's earlier exports whose hours have no labels now.
async fn remove_others(
    export: &LabelExport,
    root: &Root,
    kept: &BTreeSet<Hour>,
    report: &mut LabelExportReport,
) -> Result<(), EngineError> {
    let listed = list_hours(root, root.prefix(), export.window).await?;
    for (hour, objects) in listed.hours {
        let own = key(&export.model, hour);
        if kept.contains(&hour) || !objects.iter().any(|object| object.key == own) {
            continue;
        }
        if delete_if_present(root, &own).await? {
            report.removed += 1;
            report.removed_files.push(own);
        }
    }
    Ok(())
}

/// What is exported among inputs would be read as one of them.
async fn refuse_inputs(export: &LabelExport) -> Result<(), EngineError> {
    let stores = &export.resources.stores;
    let refuse = |input: String| {
        let to = export.to.clone();
        Err(EngineError::ExportInsideInput { to, input })
    };
    let mut inputs = Vec::new();
    match &export.labels {
        LabelSource::GroundTruth { uri } => inputs.push(uri),
        LabelSource::Table(table) => {
            if let Some(input) = finds_output(stores, &table.files, &export.to).await? {
                return refuse(input);
            }
        }
    }
    match &export.predictions {
        Some(Source::Captures { uri } | Source::Transforms { uri, .. }) => inputs.push(uri),
        None => {}
    }
    for uri in inputs {
        if stores.open(uri).await?.holds(&export.to) {
            return refuse(uri.clone());
        }
    }
    Ok(())
}

//! Rejects as rows: counted, located, with a reason from a closed list (design.md "The merge").

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use groundline_capture::Reason;
use groundline_store::{
    Hour, Object, Partition, Path, Root, delete_if_present, list_flat, put_if_changed,
};

use super::hour_file::small_parquet;
use super::settings::ModelRun;
use crate::error::EngineError;
use crate::label_source::LabelSource;
use crate::read::{FileLog, LogKey, LoggedReject, Side, number_lines};
use crate::report::RejectGroup;
use crate::run_table::RunTable;
use crate::tables::hour_type;

/// Endpoint and variant of label rejects in the path.
pub(crate) const LABELS: &str = "_labels";

/// Columns of `rejects`.
pub(crate) fn schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let number = |name: &str| Field::new(name, DataType::Int64, true);
    Arc::new(Schema::new(vec![
        text("source"),
        Field::new("hour", hour_type(), true),
        text("file"),
        number("position"),
        number("line"),
        text("reason"),
        text("detail"),
        text("first_bytes"),
    ]))
}

/// Rejects of some logs in order of place, with line numbers.
pub(crate) async fn locate(
    logs: BTreeMap<LogKey, FileLog>,
) -> Result<Vec<LoggedReject>, EngineError> {
    let mut objects: BTreeMap<LogKey, (Root, Object)> = BTreeMap::new();
    let mut located: Vec<LoggedReject> = Vec::new();
    for (mut key, log) in logs {
        key.start = 0;
        if log.rejects.is_empty() {
            continue;
        }
        if let Some(object) = log.object {
            objects.insert(key.clone(), object);
        }
        located.extend(log.rejects.into_iter().map(|reject| LoggedReject {
            key: key.clone(),
            reject,
            line: 0,
        }));
    }
    located.sort_by(|a, b| (&a.key, a.reject.position).cmp(&(&b.key, b.reject.position)));
    for of_object in located.chunk_by_mut(|a, b| a.key == b.key) {
        if let Some((root, object)) = of_object.first().and_then(|r| objects.get(&r.key)) {
            let (root, object) = (root.clone(), object.clone());
            number_lines(&root, &object, of_object).await?;
        }
    }
    Ok(located)
}

/// Writes the rejects of one partition; an older file is replaced.
pub(crate) async fn write(
    run: &ModelRun,
    key: &str,
    rejects: &[&LoggedReject],
) -> Result<(), EngineError> {
    let hours: TimestampMicrosecondArray = rejects
        .iter()
        .map(|r| r.key.hour.map(Hour::micros))
        .collect();
    let text = |f: &dyn Fn(&LoggedReject) -> Option<String>| -> ArrayRef {
        Arc::new(rejects.iter().map(|r| f(r)).collect::<StringArray>())
    };
    let number = |f: &dyn Fn(&LoggedReject) -> u64| -> ArrayRef {
        Arc::new(
            rejects
                .iter()
                .map(|r| i64::try_from(f(r)).ok())
                .collect::<Int64Array>(),
        )
    };
    let columns: Vec<ArrayRef> = vec![
        text(&|r| Some(r.key.side.as_str().to_owned())),
        Arc::new(hours.with_timezone("UTC")),
        text(&|r| Some(r.key.file.clone())),
        number(&|r| r.reject.position),
        number(&|r| r.line),
        text(&|r| Some(r.reject.reason.as_str().to_owned())),
        text(&|r| Some(r.reject.detail.clone())),
        text(&|r| {
            run.reject_bytes
                .then(|| String::from_utf8_lossy(&r.reject.bytes).into_owned())
        }),
    ];
    let batch = RecordBatch::try_new(schema(), columns)?;
    put_if_changed(
        &run.out,
        key,
        small_parquet(key, RunTable::Rejects, &batch)?,
    )
    .await?;
    Ok(())
}

/// Writes label rejects hour by hour; gives the keys written.
pub(crate) async fn write_labels(
    run: &ModelRun,
    rejects: &[LoggedReject],
) -> Result<Vec<String>, EngineError> {
    let mut hours: BTreeMap<Option<Hour>, Vec<&LoggedReject>> = BTreeMap::new();
    for reject in rejects {
        hours.entry(reject.key.hour).or_default().push(reject);
    }
    let mut keys = Vec::new();
    for (hour, rejects) in hours {
        let key = label_rejects_key(run, hour);
        write(run, &key, &rejects).await?;
        keys.push(key);
    }
    Ok(keys)
}

/// Writes the label rejects of these hours, and removes those of the hours that have none.
pub(crate) async fn replace_labels(
    run: &ModelRun,
    rejects: &[LoggedReject],
    hours: &[Option<Hour>],
) -> Result<(), EngineError> {
    let written = write_labels(run, rejects).await?;
    let read = hours.iter().map(|hour| label_rejects_key(run, *hour));
    remove_others(run, &written, read).await
}

/// Labels of no hour have the folders that Hive gives to nulls.
fn label_rejects_key(run: &ModelRun, hour: Option<Hour>) -> String {
    let Some(hour) = hour else {
        return format!(
            "{}/date={NULL}/hh={NULL}/part-0.parquet",
            labels_folder(run)
        );
    };
    let (endpoint, variant) = (LABELS.to_owned(), LABELS.to_owned());
    Partition {
        model: run.model.name.clone(),
        endpoint,
        variant,
        hour,
    }
    .rejects()
}

const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// Folder of all label rejects of the model.
fn labels_folder(run: &ModelRun) -> String {
    format!(
        "rejects/{}/endpoint={LABELS}/variant={LABELS}",
        run.model_folder()
    )
}

/// Hours of label folders whose rejects lie in the output.
pub(crate) async fn hours_of_labels(run: &ModelRun) -> Result<BTreeSet<Hour>, EngineError> {
    let folder = run.out.child(&labels_folder(run))?;
    let (objects, _) = list_flat(&run.out, &folder).await?;
    let hours = objects.iter().filter_map(|object| {
        let mut levels = object.key.rsplit('/').skip(1);
        let hour = levels.next()?.strip_prefix("hh=")?;
        let date = levels.next()?.strip_prefix("date=")?;
        Hour::parse(&format!("{date}T{hour}")).ok()
    });
    Ok(hours.collect())
}

/// Removes reject files of hours that this run read and found clean.
pub(crate) async fn remove_stale(
    run: &ModelRun,
    written: &[String],
    as_of_labels: &[Option<Hour>],
) -> Result<(), EngineError> {
    let partitions = run.inputs.partitions.iter();
    let read = partitions.map(|p| run.partition(p).rejects());
    let labels = as_of_labels
        .iter()
        .map(|hour| label_rejects_key(run, *hour));
    remove_others(run, written, read.chain(labels)).await
}

/// Removes a reject file that was there when the run began.
pub(crate) async fn remove_earlier(run: &ModelRun, key: &str) -> Result<(), EngineError> {
    let list = || async {
        let folder = run.out.child(&format!("rejects/{}", run.model_folder()))?;
        let (objects, _) = list_flat(&run.out, &folder).await?;
        Ok::<HashSet<Path>, EngineError>(objects.into_iter().map(|object| object.path).collect())
    };
    let earlier = run.earlier_rejects.get_or_try_init(list).await?;
    if earlier.contains(&run.out.child(key)?) {
        delete_if_present(&run.out, key).await?;
    }
    Ok(())
}

/// Removes those of the reject files that were not written.
async fn remove_others(
    run: &ModelRun,
    written: &[String],
    read: impl Iterator<Item = String>,
) -> Result<(), EngineError> {
    let folder = run.out.child(&format!("rejects/{}", run.model_folder()))?;
    let (objects, _) = list_flat(&run.out, &folder).await?;
    if objects.is_empty() {
        return Ok(());
    }
    let mut kept = HashSet::new();
    for key in written {
        kept.insert(run.out.child(key)?);
    }
    for key in read {
        let path = run.out.child(&key)?;
        if !kept.contains(&path) && objects.iter().any(|o| o.path == path) {
            delete_if_present(&run.out, &key).await?;
        }
    }
    Ok(())
}

/// Hours of label folders that the run could see.
pub(crate) fn label_hours(run: &ModelRun) -> Vec<Option<Hour>> {
    let mut hours: Vec<Option<Hour>> = run.inputs.labels.iter().map(|i| Some(i.hour)).collect();
    hours.dedup();
    if let LabelSource::Table(_) = run.model.labels {
        // A table is read as a whole.
        hours.push(None);
    }
    hours
}

/// Rejects by side and reason, with the first as example.
pub(crate) fn groups(rejects: &[LoggedReject], labels: &LabelSource) -> Vec<RejectGroup> {
    let is_table = matches!(labels, LabelSource::Table(_));
    let mut groups: BTreeMap<(&str, &str), RejectGroup> = BTreeMap::new();
    for r in rejects {
        let (table, reason) = (r.key.side.as_str(), r.reject.reason.as_str());
        let of_table = is_table && r.key.side == Side::Labels;
        let group = groups
            .entry((table, reason))
            .or_insert_with(|| RejectGroup {
                table: table.to_owned(),
                reason: reason.to_owned(),
                count: 0,
                example: example(r),
                hint: hint(r.reject.reason, of_table).to_owned(),
            });
        group.count += 1;
    }
    groups.into_values().collect()
}

/// `file:line: reason: detail`.
pub(crate) fn example(r: &LoggedReject) -> String {
    format!(
        "{}:{}: {}: {}",
        r.key.file,
        r.line,
        r.reject.reason.as_str(),
        r.reject.detail
    )
}

/// What to do next; `capture` knows no flags.
fn hint(reason: Reason, of_table: bool) -> &'static str {
    match reason {
        Reason::NoId if of_table => {
            "give every label an id, or leave those without one out with an SQL query"
        }
        Reason::TooLong => "raise --max-record-bytes, or look why the record is that long",
        other => other.hint(),
    }
}

//! What became of every label: ledger buckets, and the unmatched ones as Parquet with the reason.
//! Both plans hand in rows of the shape of `sql/merge/label_status.sql`, in label order.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, StringArray, StringBuilder,
    TimestampMicrosecondArray,
};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;
use groundline_store::Hour;

use super::hour_file::HourFile;
use super::label_index::{HAS_CAPTURE, IN_WINDOW, LabelIndex, MATCHED, USABLE};
use super::settings::ModelRun;
use crate::error::EngineError;
use crate::report::{LabelLedger, UnmatchedGroup};
use crate::tables::hour_type;

/// Columns of `unmatched_labels`.
pub(crate) fn unmatched_schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    Arc::new(Schema::new(vec![
        text("key"),
        text("label"),
        text("label_encoding"),
        Field::new("hour", hour_type(), true),
        text("file"),
        Field::new("position", DataType::Int64, true),
        text("collected"),
        text("reason"),
    ]))
}

/// Takes statuses in label order.
pub(crate) struct StatusAccounts<'a> {
    run: &'a ModelRun,
    pub(crate) ledger: LabelLedger,
    groups: BTreeMap<String, UnmatchedGroup>,
    file: Option<HourFile>,
    key: String,
    columns: Vec<String>,
    schema: SchemaRef,
}

impl<'a> StatusAccounts<'a> {
    pub(crate) fn new(run: &'a ModelRun) -> Self {
        let schema = unmatched_schema();
        let columns = schema
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        let key = format!("unmatched/{}/part-0.parquet", run.window_folder());
        Self {
            run,
            ledger: LabelLedger::default(),
            groups: BTreeMap::new(),
            file: None,
            key,
            columns,
            schema,
        }
    }

    pub(crate) async fn take(&mut self, batch: &RecordBatch) -> Result<(), EngineError> {
        let column = |name: &str| -> Result<&ArrayRef, EngineError> {
            Ok(batch.column(batch.schema().index_of(name)?))
        };
        let statuses = column("status")?.as_string::<i32>();
        let reasons = column("reason")?.as_string::<i32>();
        let hours = column("hour")?.as_primitive::<TimestampMicrosecondType>();
        let keys = column("key")?.as_string::<i32>();
        let files = column("file")?.as_string::<i32>();
        let positions = column("position")?.as_primitive::<Int64Type>();
        let window = self.run.inputs.window;
        let mut collected = StringBuilder::with_capacity(batch.num_rows(), batch.num_rows() * 6);
        for row in 0..batch.num_rows() {
            let hour = Hour::from_micros(hours.value(row));
            let when = if hour < window.from {
                "before"
            } else if hour < window.to {
                "inside"
            } else {
                "after"
            };
            collected.append_value(when);
            match statuses.value(row) {
                "matched" => self.ledger.matched += 1,
                "duplicate" => self.ledger.duplicate += 1,
                "superseded" => self.ledger.superseded += 1,
                _ => {
                    match when {
                        "before" => self.ledger.unmatched_before += 1,
                        "inside" => self.ledger.unmatched_inside += 1,
                        _ => self.ledger.unmatched_after += 1,
                    }
                    let reason = if reasons.is_valid(row) {
                        reasons.value(row)
                    } else {
                        "no_prediction"
                    };
                    if !self.groups.contains_key(reason) {
                        let group = UnmatchedGroup {
                            reason: reason.to_owned(),
                            count: 0,
                            example: format!(
                                "{} at {}:{}",
                                keys.value(row),
                                files.value(row),
                                positions.value(row)
                            ),
                            hint: hint(reason).to_owned(),
                        };
                        self.groups.insert(reason.to_owned(), group);
                    }
                    if let Some(group) = self.groups.get_mut(reason) {
                        group.count += 1;
                    }
                }
            }
        }
        let unmatched: BooleanArray = (0..batch.num_rows())
            .map(|row| Some(statuses.value(row) == "unmatched"))
            .collect();
        if unmatched.true_count() == 0 {
            return Ok(());
        }
        let collected: ArrayRef = Arc::new(collected.finish());
        let arrays = self
            .columns
            .iter()
            .map(|name| {
                if name == "collected" {
                    Ok(Arc::clone(&collected))
                } else {
                    column(name).cloned()
                }
            })
            .collect::<Result<Vec<_>, _>>()?;
        let rows = filter_record_batch(
            &RecordBatch::try_new(Arc::clone(&self.schema), arrays)?,
            &unmatched,
        )?;
        if self.file.is_none() {
            self.file = Some(
                HourFile::create(&self.run.out, &self.key, &self.schema, &self.columns).await?,
            );
        }
        match &mut self.file {
            Some(file) => file.write(&rows).await,
            None => Ok(()),
        }
    }

    /// Makes the file of unmatched labels visible; without any, an older one of this window goes.
    pub(crate) async fn finish(self) -> Result<(LabelLedger, Vec<UnmatchedGroup>), EngineError> {
        match self.file {
            Some(file) => {
                file.commit().await?;
            }
            None => {
                groundline_store::delete_if_present(&self.run.out, &self.key).await?;
            }
        }
        Ok((self.ledger, self.groups.into_values().collect()))
    }
}

fn hint(reason: &str) -> &'static str {
    match reason {
        "no_prediction" => {
            "no prediction of the run has this id: if its hour is not in the run, widen --from and --to; else compare eventId in the labels with inferenceId and eventId in the captures"
        }
        "outside_label_window" => {
            "collected too early or too late for its prediction: widen --label-lead or --label-horizon"
        }
        "record_count_differs" => {
            "give as many labels as the prediction has records, in the same order"
        }
        _ => "",
    }
}

/// Rows of a status batch.
const ROWS: usize = 8192;

/// The statuses of an index, in label order, by the rules of `sql/merge/label_status.sql`.
pub(crate) fn index_statuses(
    index: &LabelIndex,
) -> impl Iterator<Item = Result<RecordBatch, EngineError>> + '_ {
    let duplicate = duplicates(index);
    let total = index.len();
    (0..total).step_by(ROWS).map(move |start| {
        let labels = start..total.min(start.saturating_add(ROWS as u32));
        status_batch(index, &duplicate, labels)
    })
}

/// For every label that is not the one of its identical copies that stands for them: true.
fn duplicates(index: &LabelIndex) -> Vec<bool> {
    let mut duplicate = vec![false; index.len() as usize];
    let mut set = |label: u32| {
        if let Some(flag) = duplicate.get_mut(label as usize) {
            *flag = true;
        }
    };
    for group in index.repeated_labels() {
        let mut copies: HashMap<(Option<&str>, Option<&str>), Vec<u32>> = HashMap::new();
        for label in group {
            copies
                .entry(index.content(*label))
                .or_default()
                .push(*label);
        }
        for copies in copies.values() {
            let any_matched = copies
                .iter()
                .any(|label| index.flags(*label) & MATCHED != 0);
            for (at, label) in copies.iter().enumerate() {
                if any_matched || at > 0 {
                    set(*label);
                }
            }
        }
    }
    duplicate
}

fn status_batch(
    index: &LabelIndex,
    duplicate: &[bool],
    labels: std::ops::Range<u32>,
) -> Result<RecordBatch, EngineError> {
    let status = |label: u32| {
        let flags = index.flags(label);
        if flags & MATCHED != 0 {
            ("matched", None)
        } else if duplicate.get(label as usize).copied().unwrap_or(false) {
            ("duplicate", None)
        } else if flags & USABLE != 0 {
            ("superseded", None)
        } else if flags & HAS_CAPTURE == 0 {
            ("unmatched", Some("no_prediction"))
        } else if flags & IN_WINDOW == 0 {
            ("unmatched", Some("outside_label_window"))
        } else {
            ("unmatched", Some("record_count_differs"))
        }
    };
    let hours: TimestampMicrosecondArray = labels
        .clone()
        .map(|l| Some(index.hour(l).micros()))
        .collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("hour", Arc::new(hours.with_timezone("UTC"))),
        (
            "key",
            Arc::new(
                labels
                    .clone()
                    .map(|l| Some(index.key(l)))
                    .collect::<StringArray>(),
            ),
        ),
        (
            "label",
            Arc::new(
                labels
                    .clone()
                    .map(|l| index.label(l))
                    .collect::<StringArray>(),
            ),
        ),
        (
            "label_encoding",
            Arc::new(
                labels
                    .clone()
                    .map(|l| index.encoding(l))
                    .collect::<StringArray>(),
            ),
        ),
        (
            "file",
            Arc::new(
                labels
                    .clone()
                    .map(|l| Some(index.file(l).1))
                    .collect::<StringArray>(),
            ),
        ),
        (
            "position",
            Arc::new(
                labels
                    .clone()
                    .map(|l| Some(index.position(l)))
                    .collect::<Int64Array>(),
            ),
        ),
        (
            "status",
            Arc::new(
                labels
                    .clone()
                    .map(|l| Some(status(l).0))
                    .collect::<StringArray>(),
            ),
        ),
        (
            "reason",
            Arc::new(labels.map(|l| status(l).1).collect::<StringArray>()),
        ),
    ];
    Ok(RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )?)
}

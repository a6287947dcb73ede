//! What became of every label: ledger buckets, and the unmatched ones as Parquet with the reason.
//! The reference plan hands in the rows of `sql/merge/label_status.sql`, the fast plan its index; both in label order.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayBuilder, ArrayRef, AsArray, BooleanArray, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;
use groundline_store::Hour;

use super::hour_file::HourFile;
use super::label_fate::LabelFate;
use super::label_index::{DUPLICATE, HAS_CAPTURE, IN_WINDOW, LabelIndex, MATCHED, USABLE};
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
                HourFile::create(
                    &self.run.out,
                    &self.key,
                    &self.schema,
                    &self.columns,
                    u64::MAX,
                )
                .await?,
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
/// Text bytes after which it ends too.
const TEXT: usize = 4 << 20;

impl StatusAccounts<'_> {
    /// Takes the statuses of an index by the rules of `sql/merge/label_status.sql`; gives their numbers.
    /// Only unmatched labels become rows: all the others are but counted.
    pub(crate) async fn take_index(
        &mut self,
        index: &LabelIndex,
    ) -> Result<LabelFate, EngineError> {
        let mut fate = LabelFate::of(index);
        let mut rows = UnmatchedRows::default();
        for (label, status) in statuses(index) {
            fate.count(status);
            if let LabelStatus::Unmatched(reason) = status {
                let (hour, file) = index.file(label);
                rows.push(
                    hour,
                    index.key(label),
                    index.label(label),
                    index.encoding(label),
                    file,
                    index.position(label),
                    reason,
                );
            }
            if rows.is_full() {
                self.take(&rows.finish()?).await?;
            }
        }
        self.take(&rows.finish()?).await?;
        Ok(fate)
    }
}

/// What became of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LabelStatus {
    Matched,
    Duplicate,
    Superseded,
    /// With the reason.
    Unmatched(&'static str),
}

/// Every label of the index in order, and what became of it.
pub(crate) fn statuses(index: &LabelIndex) -> impl Iterator<Item = (u32, LabelStatus)> {
    mark_duplicates(index);
    index.labels().map(|(label, flags)| {
        let status = if flags & MATCHED != 0 {
            LabelStatus::Matched
        } else if flags & DUPLICATE != 0 {
            LabelStatus::Duplicate
        } else if flags & USABLE != 0 {
            LabelStatus::Superseded
        } else {
            LabelStatus::Unmatched(reason(flags))
        };
        (label, status)
    })
}

fn reason(flags: u16) -> &'static str {
    if flags & HAS_CAPTURE == 0 {
        "no_prediction"
    } else if flags & IN_WINDOW == 0 {
        "outside_label_window"
    } else {
        "record_count_differs"
    }
}

/// Marks every label that is not the one of its identical copies that stands for them.
fn mark_duplicates(index: &LabelIndex) {
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
                    index.flag(*label, DUPLICATE);
                }
            }
        }
    }
}

/// Unmatched labels with their reasons, in the shape of `sql/merge/label_status.sql`.
#[derive(Default)]
pub(crate) struct UnmatchedRows {
    hour: TimestampMicrosecondBuilder,
    key: StringBuilder,
    label: StringBuilder,
    encoding: StringBuilder,
    file: StringBuilder,
    position: Int64Builder,
    status: StringBuilder,
    reason: StringBuilder,
}

impl UnmatchedRows {
    #[expect(clippy::too_many_arguments, reason = "one for each column")]
    pub(crate) fn push(
        &mut self,
        hour: Hour,
        key: &str,
        label: Option<&str>,
        encoding: Option<&str>,
        file: &str,
        position: i64,
        reason: &str,
    ) {
        self.hour.append_value(hour.micros());
        self.key.append_value(key);
        self.label.append_option(label);
        self.encoding.append_option(encoding);
        self.file.append_value(file);
        self.position.append_value(position);
        self.status.append_value("unmatched");
        self.reason.append_value(reason);
    }

    pub(crate) fn is_full(&self) -> bool {
        self.position.len() >= ROWS || self.label.values_slice().len() >= TEXT
    }

    pub(crate) fn finish(&mut self) -> Result<RecordBatch, EngineError> {
        let hours = self.hour.finish().with_timezone("UTC");
        let columns: [(&str, ArrayRef); 8] = [
            ("hour", Arc::new(hours)),
            ("key", Arc::new(self.key.finish())),
            ("label", Arc::new(self.label.finish())),
            ("label_encoding", Arc::new(self.encoding.finish())),
            ("file", Arc::new(self.file.finish())),
            ("position", Arc::new(self.position.finish())),
            ("status", Arc::new(self.status.finish())),
            ("reason", Arc::new(self.reason.finish())),
        ];
        let columns = columns.into_iter().map(|(name, array)| (name, array, true));
        Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
    }
}

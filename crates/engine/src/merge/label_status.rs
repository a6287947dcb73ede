//! What became of every label: ledger buckets, and the unmatched ones as Parquet with the reason.
//! The reference plan hands in the rows of `sql/merge/label_status.sql`, the fast plan its index; both in label order.

use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray, StringArray};
use arrow::datatypes::{ArrowPrimitiveType, Int64Type, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;
use groundline_store::Hour;

use super::elsewhere::Known;
use super::hour_file::HourFile;
use super::label_fate::LabelFate;
use super::label_index::{DUPLICATE, LabelIndex, MATCHED, USABLE, reason_of};
use super::settings::ModelRun;
use super::sighting::Near;
use super::unmatched_reason::UnmatchedReason;
use super::unmatched_rows::{UnmatchedLabel, UnmatchedRows, near_of, unmatched_schema};
use crate::error::EngineError;
use crate::report::{LabelLedger, UnmatchedGroup};
use crate::run_table::RunTable;
use crate::shown_id::shown_id;

/// Takes statuses in label order.
pub(crate) struct StatusAccounts<'a> {
    run: &'a ModelRun,
    pub(crate) ledger: LabelLedger,
    groups: BTreeMap<UnmatchedReason, UnmatchedGroup>,
    /// Predictions that the join has not seen, by the ids that labels may have for them.
    known: Known,
    /// Labels whose nearest prediction has been told.
    near: usize,
    rows: UnmatchedRows,
    file: Option<HourFile>,
    key: String,
}

impl<'a> StatusAccounts<'a> {
    pub(crate) fn new(run: &'a ModelRun, known: Known) -> Self {
        Self {
            run,
            ledger: LabelLedger::default(),
            groups: BTreeMap::new(),
            known,
            near: 0,
            rows: UnmatchedRows::default(),
            file: None,
            key: format!("unmatched/{}/part-0.parquet", run.window_folder()),
        }
    }

    /// Takes rows of `sql/merge/label_status.sql`.
    pub(crate) async fn take(&mut self, batch: &RecordBatch) -> Result<(), EngineError> {
        let rows = StatusRows(batch);
        let statuses = rows.text("status")?;
        let (keys, labels) = (rows.text("key")?, rows.text("label")?);
        let (encodings, files) = (rows.text("label_encoding")?, rows.text("file")?);
        let hours = rows.number::<TimestampMicrosecondType>("hour")?;
        let positions = rows.number::<Int64Type>("position")?;
        let reasons = rows.text("reason")?;
        for row in 0..batch.num_rows() {
            match statuses.value(row) {
                "matched" => self.ledger.matched += 1,
                "duplicate" => self.ledger.duplicate += 1,
                "superseded" => self.ledger.superseded += 1,
                _ => {
                    let reason = UnmatchedReason::parse(reasons.value(row));
                    self.push(UnmatchedLabel {
                        hour: Hour::from_micros(hours.value(row)),
                        key: keys.value(row),
                        label: labels.is_valid(row).then(|| labels.value(row)),
                        encoding: encodings.is_valid(row).then(|| encodings.value(row)),
                        file: files.value(row),
                        position: positions.value(row),
                        reason,
                        near: near_of(batch, row, reason)?,
                    })
                    .await?;
                }
            }
        }
        Ok(())
    }

    /// Takes a label that no prediction took.
    pub(crate) async fn push(&mut self, mut label: UnmatchedLabel<'_>) -> Result<(), EngineError> {
        if let Some(near) = self.known.says_more(label.key, label.reason) {
            label.reason = near.reason;
            label.near = Some(near.clone());
        }
        if label.near.is_some() {
            self.near += 1;
            if self.near > self.run.unmatched_limits.nearest {
                label.near = None;
            }
        }
        let window = self.run.inputs.window;
        let collected = if label.hour < window.from {
            self.ledger.unmatched_before += 1;
            "before"
        } else if label.hour < window.to {
            self.ledger.unmatched_inside += 1;
            "inside"
        } else {
            self.ledger.unmatched_after += 1;
            "after"
        };
        let group = self
            .groups
            .entry(label.reason)
            .or_insert_with(|| UnmatchedGroup {
                reason: label.reason.as_str().to_owned(),
                count: 0,
                example: format!(
                    "{} at {}:{}",
                    shown_id(label.key),
                    label.file,
                    label.position
                ),
                nearest: label.near.as_ref().map(near_told),
                hint: label.reason.hint().to_owned(),
            });
        group.count += 1;
        if !self.run.conduct.tells_unmatched {
            return Ok(());
        }
        self.rows.push(&label, collected);
        if self.rows.is_full() {
            self.flush().await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), EngineError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let rows = self.rows.finish()?;
        if self.file.is_none() {
            let schema = unmatched_schema();
            let columns: Vec<String> = schema.fields().iter().map(|f| f.name().clone()).collect();
            let out = &self.run.out;
            let table = RunTable::UnmatchedLabels;
            self.file =
                Some(HourFile::create(out, &self.key, table, &schema, &columns, u64::MAX).await?);
        }
        match &mut self.file {
            Some(file) => file.write(&rows).await,
            None => Ok(()),
        }
    }

    /// Makes the file of unmatched labels visible; without any, an older one of this window goes.
    pub(crate) async fn finish(
        mut self,
    ) -> Result<(LabelLedger, Vec<UnmatchedGroup>), EngineError> {
        self.flush().await?;
        match self.file {
            Some(file) => {
                file.commit().await?;
            }
            None if !self.run.conduct.tells_unmatched => {}
            None => {
                groundline_store::delete_if_present(&self.run.out, &self.key).await?;
            }
        }
        Ok((self.ledger, self.groups.into_values().collect()))
    }

    /// Takes the statuses of an index by the rules of `sql/merge/label_status.sql`; gives their numbers.
    /// Only unmatched labels become rows: all the others are but counted.
    pub(crate) async fn take_index(
        &mut self,
        index: &LabelIndex,
    ) -> Result<LabelFate, EngineError> {
        let mut fate = LabelFate::of(index);
        for (label, status) in statuses(index) {
            fate.count(status);
            if let LabelStatus::Unmatched(reason) = status {
                let (hour, file) = index.file(label);
                self.push(UnmatchedLabel {
                    hour,
                    key: index.key(label),
                    label: index.label(label),
                    encoding: index.encoding(label),
                    file,
                    position: index.position(label),
                    reason,
                    near: index.nearest(label).filter(|near| near.reason == reason),
                })
                .await?;
            }
        }
        Ok(fate)
    }
}

/// The nearest prediction in one line.
pub(crate) fn near_told(near: &Near) -> String {
    let place = near.line.map_or_else(
        || format!("{}:{}", near.file, near.position),
        |line| format!("{}:{line}", near.file),
    );
    let key = shown_id(&near.key);
    match &near.model {
        Some(model) => format!("{key} of model {model} at {place}"),
        None => format!("{key} at {place}"),
    }
}

/// Rows of `sql/merge/label_status.sql`.
pub(super) struct StatusRows<'a>(pub(super) &'a RecordBatch);

impl<'a> StatusRows<'a> {
    fn column(&self, name: &str) -> Result<&'a ArrayRef, EngineError> {
        Ok(self.0.column(self.0.schema().index_of(name)?))
    }

    pub(super) fn text(&self, name: &str) -> Result<&'a StringArray, EngineError> {
        Ok(self.column(name)?.as_string::<i32>())
    }

    fn number<T: ArrowPrimitiveType>(
        &self,
        name: &str,
    ) -> Result<&'a PrimitiveArray<T>, EngineError> {
        Ok(self.column(name)?.as_primitive::<T>())
    }
}

/// What became of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LabelStatus {
    Matched,
    Duplicate,
    Superseded,
    /// With the reason.
    Unmatched(UnmatchedReason),
}

/// Every label of the index in order, and what became of it.
pub(crate) fn statuses(index: &LabelIndex) -> impl Iterator<Item = (u32, LabelStatus)> {
    index.settle_once(|| mark_duplicates(index));
    index.labels().map(|(label, flags)| {
        let status = if flags & MATCHED != 0 {
            LabelStatus::Matched
        } else if flags & DUPLICATE != 0 {
            LabelStatus::Duplicate
        } else if flags & USABLE != 0 {
            LabelStatus::Superseded
        } else {
            LabelStatus::Unmatched(reason_of(flags))
        };
        (label, status)
    })
}

/// Labels of the index, in order, that the join left unmatched for a reason that it can tell.
pub(crate) fn came_near(index: &LabelIndex) -> impl Iterator<Item = u32> {
    statuses(index).filter_map(|(label, status)| match status {
        LabelStatus::Unmatched(UnmatchedReason::UnknownId) => None,
        LabelStatus::Unmatched(_) => Some(label),
        _ => None,
    })
}

/// Marks every label that is not the one of its identical copies that stands for them.
fn mark_duplicates(index: &LabelIndex) {
    for group in index.repeated_labels() {
        if let [one, two] = group
            && index.content(*one) != index.content(*two)
        {
            continue;
        }
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

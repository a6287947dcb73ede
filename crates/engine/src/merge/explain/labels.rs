//! Labels that have one of the ids, and the index of the merge with them.

use std::sync::Arc;

use arrow::array::{Array, AsArray, StringArray};
use arrow::datatypes::Int64Type;
use groundline_capture::{Encoding, Grain, Reject, Selector, label_shape};
use groundline_store::Hour;
use hashbrown::DefaultHashBuilder;

use super::Found;
use super::search::{Search, lines, rejects, why};
use crate::error::EngineError;
use crate::in_order::{Results, in_order};
use crate::key_table::hash_key;
use crate::merge::label_index::{
    LABEL_COLUMNS, Label, LabelChunk, LabelFiles, LabelIndex, LabelIndexBuilder, PackedShape,
};
use crate::read::{LoggedReject, RecordReader, ScanLog};
use crate::tables::Input;

/// A label with one of the ids.
#[derive(Clone, Debug)]
pub(super) struct FoundLabel {
    /// Number of its object among the labels; rows of a table that are no labels are in none.
    pub(super) number: u32,
    /// `None` where the row has no time.
    pub(super) hour: Option<Hour>,
    pub(super) file: String,
    pub(super) position: i64,
    pub(super) line: u64,
    pub(super) key: String,
    pub(super) label: Option<String>,
    pub(super) encoding: Option<String>,
    pub(super) rejected: Option<Rejected>,
}

/// Why a label was rejected, and what to do about it.
#[derive(Clone, Debug)]
pub(super) struct Rejected {
    pub(super) why: String,
    pub(super) fix: &'static str,
}

impl FoundLabel {
    fn rejected(reject: &Reject, hour: Option<Hour>, file: &str, key: &str, line: u64) -> Self {
        Self {
            number: u32::MAX,
            hour,
            file: file.to_owned(),
            position: i64::try_from(reject.position).unwrap_or(i64::MAX),
            line,
            key: key.to_owned(),
            label: None,
            encoding: None,
            rejected: Some(Rejected {
                why: why(reject),
                fix: reject.reason.hint(),
            }),
        }
    }
}

impl Search<'_> {
    /// Labels with one of the ids, in label order; `table_rejects` are the rows of a table that are none.
    pub(super) async fn labels(
        &self,
        inputs: &[Input],
        table_rejects: &[LoggedReject],
    ) -> Result<Vec<FoundLabel>, EngineError> {
        let mut found = Vec::new();
        let read = |(number, input): (u32, Input), results: Results<Vec<FoundLabel>>| {
            let log = Arc::new(ScanLog::default());
            let options = self.options(Grain::Capture, LABEL_COLUMNS.to_vec(), &log);
            let ids = Arc::clone(&self.ids);
            async move {
                let mut found: Vec<FoundLabel> = Vec::new();
                let mut reader = RecordReader::open(&input, None, &options).await?;
                while let Some(batch) = reader.next().await? {
                    let text = |column: usize| batch.column(column).as_string::<i32>();
                    let (keys, labels, encodings) = (text(0), text(1), text(2));
                    let positions = batch.column(3).as_primitive::<Int64Type>();
                    for row in (0..batch.num_rows()).filter(|row| ids.has(keys.value(*row))) {
                        if found.len() == Self::MOST {
                            break;
                        }
                        let some = |texts: &StringArray| {
                            texts.is_valid(row).then(|| texts.value(row).to_owned())
                        };
                        found.push(FoundLabel {
                            number,
                            hour: Some(input.hour),
                            file: input.object.key.clone(),
                            position: positions.value(row),
                            line: 0,
                            key: keys.value(row).to_owned(),
                            label: some(labels),
                            encoding: some(encodings),
                            rejected: None,
                        });
                    }
                }
                for reject in rejects(&log) {
                    let named = named(&reject).find(|id| ids.has(id));
                    if let (Some(id), true) = (named, found.len() < Self::MOST) {
                        let (hour, file) = (Some(input.hour), &input.object.key);
                        found.push(FoundLabel::rejected(&reject, hour, file, id, 0));
                    }
                }
                if !found.is_empty() {
                    let lines = lines(&input, found.iter().map(|label| label.position)).await?;
                    for label in &mut found {
                        label.line = lines.get(&label.position).copied().unwrap_or(0);
                    }
                }
                let _ = results.send(found).await;
                Ok(())
            }
        };
        let units = (0_u32..).zip(inputs.iter().cloned());
        in_order(units, self.resources.under_way(), read, |more| {
            found.extend(
                more.into_iter()
                    .take(Self::MOST.saturating_sub(found.len())),
            );
            Ok(())
        })
        .await?;
        for reject in table_rejects {
            let LoggedReject { key, reject, line } = reject;
            let named = named(reject).find(|id| self.ids.has(id));
            if let (Some(id), true) = (named, found.len() < Self::MOST) {
                found.push(FoundLabel::rejected(reject, key.hour, &key.file, id, *line));
            }
        }
        // Label order; those of no hour are behind it.
        let order = |label: &FoundLabel| (label.hour.is_none(), label.hour);
        found.sort_by(|a, b| (order(a), &a.file, a.position).cmp(&(order(b), &b.file, b.position)));
        Ok(found)
    }
}

fn named(reject: &Reject) -> impl Iterator<Item = &String> {
    [&reject.ids.event_id, &reject.ids.inference_id]
        .into_iter()
        .flatten()
}

/// What finds a label in the payload of one.
pub(super) fn ground_truth(found: &Found) -> Result<Option<Selector>, EngineError> {
    let attribute = found.model.mapping.ground_truth_attribute.as_deref();
    let attribute = attribute.map(|text| {
        Selector::parse(text).map_err(|source| EngineError::Selector {
            selector: text.to_owned(),
            source,
        })
    });
    attribute.transpose()
}

/// The labels that were found, in an index as the merge has it.
pub(super) async fn index(
    found: &Found,
    ground_truth: Option<&Selector>,
) -> Result<LabelIndex, EngineError> {
    let hasher = DefaultHashBuilder::default();
    let files = Arc::new(LabelFiles::new(&found.label_inputs));
    let layout = found.model.mapping.label_layout;
    let mut builder =
        LabelIndexBuilder::new(files, hasher.clone(), layout, false).naming_nearest(usize::MAX);
    let mut chunk = LabelChunk::default();
    for label in found.labels.iter().filter(|label| label.rejected.is_none()) {
        if chunk.is_full(1) {
            builder.add(std::mem::take(&mut chunk))?;
        }
        let encoding = Encoding::parse(label.encoding.as_deref());
        let shape = label_shape(label.label.as_deref(), encoding, ground_truth);
        chunk.push(Label {
            key: &label.key,
            hash: hash_key(&hasher, &label.key),
            label: label.label.as_deref(),
            encoding: label.encoding.as_deref(),
            file: label.number,
            position: label.position,
            shape: PackedShape::new(shape),
        })?;
    }
    builder.add(chunk)?;
    builder.finish(1).await
}

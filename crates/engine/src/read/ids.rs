//! Where an object's records hold their ids, when it is not where SageMaker puts them.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int32Array, StringArray, StringBuilder,
};
use arrow::compute::filter_record_batch;
use arrow::datatypes::Int64Type;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use groundline_capture::{
    Column, Encoding, Field, LabelId, Reason, Reject, Scratch, Selector, field,
};

use crate::error::EngineError;

/// How the ids of a model's labels and predictions are found (design.md "The merge", Ids).
#[derive(Clone, Debug, Default)]
pub(crate) struct IdRules {
    /// Where label records hold their id.
    pub(crate) label_id: LabelId,
    /// What holds the id of a prediction record: in its output, or else its input.
    pub(crate) attribute: Option<Selector>,
}

/// Columns that an id is looked for in, and what rejecting a record needs.
pub(crate) const NEEDS: &[Column] = &[
    Column::EventId,
    Column::InferenceId,
    Column::Input,
    Column::InputEncoding,
    Column::Output,
    Column::OutputEncoding,
    Column::Position,
];

impl IdRules {
    /// Rules with a selector that is checked here.
    pub(crate) fn new(label_id: LabelId, attribute: Option<&str>) -> Result<Self, EngineError> {
        let attribute = attribute.map(|text| {
            Selector::parse(text).map_err(|source| EngineError::Selector {
                selector: text.to_owned(),
                source,
            })
        });
        Ok(Self {
            label_id,
            attribute: attribute.transpose()?,
        })
    }

    /// Gives each record of `batch` its own id, and of them `columns`. A record that has none at all is a reject.
    pub(crate) fn apply(
        &self,
        batch: &RecordBatch,
        columns: &[Column],
        rejects: &mut Vec<Reject>,
    ) -> Result<RecordBatch, EngineError> {
        let Some(attribute) = &self.attribute else {
            return Ok(batch.clone());
        };
        let text = |column: Column| -> Result<&StringArray, EngineError> {
            Ok(batch
                .column(batch.schema().index_of(column.name())?)
                .as_string::<i32>())
        };
        let sides = [
            (text(Column::Output)?, text(Column::OutputEncoding)?),
            (text(Column::Input)?, text(Column::InputEncoding)?),
        ];
        let (events, inferences) = (text(Column::EventId)?, text(Column::InferenceId)?);
        let positions = batch
            .column(batch.schema().index_of(Column::Position.name())?)
            .as_primitive::<Int64Type>();
        let rows = batch.num_rows();
        let mut scratch = Scratch::new();
        let mut ids = StringBuilder::with_capacity(rows, rows * 16);
        let mut kept = Vec::with_capacity(rows);
        for row in 0..rows {
            let mut found = false;
            for (payloads, encodings) in &sides {
                if payloads.is_null(row) {
                    continue;
                }
                let encoding = encodings.is_valid(row).then(|| encodings.value(row));
                let encoding = Encoding::parse(encoding);
                if let Field::Text(id) =
                    field(payloads.value(row), encoding, attribute, &mut scratch)
                    && !id.trim().is_empty()
                {
                    ids.append_value(id.trim());
                    found = true;
                    break;
                }
            }
            if !found {
                ids.append_option(inferences.is_valid(row).then(|| inferences.value(row)));
            }
            let has_id = found || inferences.is_valid(row) || events.is_valid(row);
            if !has_id {
                let record = sides.iter().find(|(payloads, _)| payloads.is_valid(row));
                rejects.push(Reject::new(
                    positions.value(row).unsigned_abs(),
                    Reason::NoId,
                    format!("neither an id of SageMaker's nor one at id_attribute `{attribute}`"),
                    record.map_or(b"", |(payloads, _)| payloads.value(row).as_bytes()),
                ));
            }
            kept.push(has_id);
        }
        let ids: ArrayRef = Arc::new(ids.finish());
        let arrays = columns
            .iter()
            .map(|column| {
                Ok(match column {
                    Column::InferenceId => Arc::clone(&ids),
                    // Its own id makes a record an event of its own.
                    Column::RecordCount => Arc::new(Int32Array::from_value(1, rows)),
                    other => Arc::clone(batch.column(batch.schema().index_of(other.name())?)),
                })
            })
            .collect::<Result<Vec<ArrayRef>, EngineError>>()?;
        let fields: Vec<_> = columns.iter().map(|column| column.field()).collect();
        let schema = Arc::new(arrow::datatypes::Schema::new(fields));
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(schema, arrays, &options)?;
        if kept.iter().all(|kept| *kept) {
            return Ok(batch);
        }
        Ok(filter_record_batch(&batch, &BooleanArray::from(kept))?)
    }
}

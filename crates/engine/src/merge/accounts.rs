//! Counts the observations of one hour into the buckets of the ledger, and keeps what the join keeps.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Int32Type, Int64Type, SchemaRef};
use arrow::record_batch::RecordBatch;

use crate::error::EngineError;
use crate::functions::whose_misfits;
use crate::model::Join;
use crate::report::PredictionLedger;

/// Columns that counting needs, whichever are written.
pub(crate) const NEEDED: &[&str] = &[
    "file",
    "position",
    "record_index",
    "prediction",
    "probability",
    "label",
    "label_position",
    "has_output",
    "outside_hour",
];

/// Accounts of one hour's observations.
#[derive(Debug, Default)]
pub(crate) struct HourAccounts {
    /// Prediction buckets but `read` and `rejected`, which the readers know.
    pub(crate) ledger: PredictionLedger,
    pub(crate) outside_hour: u64,
    /// Observations that got a label which is null.
    pub(crate) valueless: u64,
    /// Records with an output; with a prediction; with a probability.
    pub(crate) outputs: u64,
    pub(crate) predicted: u64,
    pub(crate) probable: u64,
    /// Of each own column with a type, the records whose value does not fit it.
    pub(crate) misfits: BTreeMap<String, u64>,
    /// The record whose observations are being counted, and how it stands.
    open: Option<OpenRecord>,
}

#[derive(Debug)]
struct OpenRecord {
    file: String,
    position: i64,
    index: i32,
    has_output: bool,
    labelled: bool,
}

impl HourAccounts {
    /// Counts a batch in file order and gives the rows and columns to write.
    pub(crate) fn take(
        &mut self,
        batch: &RecordBatch,
        join: Join,
        columns: &[String],
        schema: &SchemaRef,
    ) -> Result<RecordBatch, EngineError> {
        let column = |name: &str| -> Result<&ArrayRef, EngineError> {
            Ok(batch.column(batch.schema().index_of(name)?))
        };
        let files = column("file")?.as_string::<i32>();
        let positions = column("position")?.as_primitive::<Int64Type>();
        let indices = column("record_index")?.as_primitive::<Int32Type>();
        let predictions = column("prediction")?;
        let probabilities = column("probability")?;
        let labels = column("label")?;
        let matched = column("label_position")?;
        let has_output = column("has_output")?.as_boolean();
        let outside = column("outside_hour")?.as_boolean();
        let schema_of_batch = batch.schema();
        let mut misfits: Vec<(&str, &BooleanArray, u64)> = schema_of_batch
            .fields()
            .iter()
            .zip(batch.columns())
            .filter_map(|(field, column)| {
                Some((whose_misfits(field.name())?, column.as_boolean(), 0))
            })
            .collect();
        for row in 0..batch.num_rows() {
            let labelled = labels.is_valid(row);
            self.valueless += u64::from(!labelled && matched.is_valid(row));
            if let Some(open) = &mut self.open
                && open.position == positions.value(row)
                && open.index == indices.value(row)
                && open.file == files.value(row)
            {
                // Another observation of the same record, under `all`.
                open.labelled |= labelled;
                continue;
            }
            // The last record's file name is reused: it hardly ever changes.
            let mut file = self.close().map_or_else(String::new, |open| open.file);
            if file != files.value(row) {
                file.clear();
                file.push_str(files.value(row));
            }
            self.open = Some(OpenRecord {
                file,
                position: positions.value(row),
                index: indices.value(row),
                has_output: has_output.value(row),
                labelled,
            });
            self.outside_hour += u64::from(outside.is_valid(row) && outside.value(row));
            self.outputs += u64::from(has_output.value(row));
            self.predicted += u64::from(predictions.is_valid(row));
            self.probable += u64::from(probabilities.is_valid(row));
            for (_, of_column, count) in &mut misfits {
                *count += u64::from(of_column.is_valid(row) && of_column.value(row));
            }
        }
        for (name, _, count) in misfits {
            *self.misfits.entry(name.to_owned()).or_default() += count;
        }

        let kept = match join {
            Join::Inner if labels.null_count() > 0 => {
                let keep: BooleanArray = (0..batch.num_rows())
                    .map(|row| Some(labels.is_valid(row)))
                    .collect();
                filter_record_batch(batch, &keep)?
            }
            _ => batch.clone(),
        };
        let arrays = columns
            .iter()
            .map(|name| Ok(kept.column(kept.schema().index_of(name)?).clone()))
            .collect::<Result<Vec<_>, EngineError>>()?;
        Ok(RecordBatch::try_new(SchemaRef::clone(schema), arrays)?)
    }

    /// The buckets, once every observation was taken.
    pub(crate) fn finish(&mut self) -> PredictionLedger {
        self.close();
        self.ledger
    }

    fn close(&mut self) -> Option<OpenRecord> {
        let open = self.open.take()?;
        if !open.has_output {
            self.ledger.no_output += 1;
        } else if open.labelled {
            self.ledger.labelled += 1;
        } else {
            self.ledger.unlabelled += 1;
        }
        Some(open)
    }
}

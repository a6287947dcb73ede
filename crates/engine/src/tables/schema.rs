//! Columns of the tables (design.md "Tables"): which come from the bytes and which from the path.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use groundline_capture::{Column, Grain};
use serde::{Deserialize, Serialize};

/// The tables over raw files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TableKind {
    Captures,
    Transforms,
    Predictions,
    Labels,
    /// Captures or transform records with whole payloads; for runs, not registered for users.
    Events,
}

/// Microseconds since the epoch as SageMaker writes times: `yyyy-mm-ddThh:mm:ssZ`, with a fraction only if there is one.
pub(crate) fn format_time(micros: i64) -> String {
    let array = arrow::array::TimestampMicrosecondArray::from_value(micros, 1);
    let Some(time) = array.value_as_datetime(0) else {
        return micros.to_string();
    };
    if micros.rem_euclid(1_000_000) == 0 {
        time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
    } else {
        time.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
    }
}

/// Type of every `hour` column: microseconds, UTC.
pub(crate) fn hour_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

impl TableKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Captures => "captures",
            Self::Transforms => "transforms",
            Self::Predictions => "predictions",
            Self::Labels => "labels",
            Self::Events => "events",
        }
    }

    /// JSON bytes of a row as SageMaker writes them, roughly; for the planner.
    pub(crate) fn row_bytes(self) -> u64 {
        match self {
            Self::Labels => 125,
            _ => 500,
        }
    }

    pub(crate) fn grain(self) -> Grain {
        match self {
            Self::Predictions => Grain::Record,
            Self::Captures | Self::Transforms | Self::Labels | Self::Events => Grain::Capture,
        }
    }

    /// Columns that the decoder makes, in the order of the file schema.
    pub(crate) fn decoded(self) -> &'static [Column] {
        use Column::*;
        match self {
            Self::Captures | Self::Events => &[
                EventId,
                InferenceId,
                InferenceTime,
                Input,
                InputEncoding,
                InputContentType,
                Output,
                OutputEncoding,
                OutputContentType,
                CustomAttributes,
                Position,
            ],
            Self::Transforms => &[
                InferenceId,
                InferenceTime,
                Input,
                InputEncoding,
                Output,
                OutputEncoding,
                Position,
            ],
            Self::Predictions => &[
                EventId,
                InferenceId,
                InferenceTime,
                Input,
                InputEncoding,
                InputContentType,
                Output,
                OutputEncoding,
                OutputContentType,
                CustomAttributes,
                Position,
                RecordIndex,
                RecordCount,
            ],
            Self::Labels => &[Key, Label, LabelEncoding, Position],
        }
    }

    /// Columns that the path gives, in the order of the partition values.
    pub(crate) fn partitions(self) -> &'static [&'static str] {
        match self {
            Self::Labels => &["hour", "file"],
            _ => &["hour", "endpoint", "variant", "file"],
        }
    }

    /// Fields of [`Self::partitions`].
    pub(crate) fn partition_fields(self) -> Vec<FieldRef> {
        self.partitions()
            .iter()
            .map(|name| {
                let data_type = if *name == "hour" {
                    hour_type()
                } else {
                    DataType::Utf8
                };
                Arc::new(Field::new(*name, data_type, false))
            })
            .collect()
    }

    /// Schema of the decoded columns.
    pub(crate) fn file_schema(self) -> SchemaRef {
        Arc::new(Schema::new(
            self.decoded().iter().map(|c| c.field()).collect::<Vec<_>>(),
        ))
    }

    /// The table as users see it, in design.md's order.
    pub(crate) fn schema(self) -> SchemaRef {
        let mut fields: Vec<FieldRef> = Vec::new();
        let partitions = self.partition_fields();
        let (last, first) = match partitions.split_last() {
            Some((last, first)) => (Some(last), first),
            None => (None, &[][..]),
        };
        fields.extend(first.iter().cloned());
        for column in self.decoded() {
            if *column == Column::Position {
                fields.extend(last.cloned());
            }
            fields.push(Arc::new(column.field()));
        }
        Arc::new(Schema::new(fields))
    }
}

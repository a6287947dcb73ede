//! The columns that decoding can yield, and what the bytes and the rows are.

use arrow::datatypes::{DataType, Field, TimeUnit};
use std::sync::Arc;

/// A column of any of the tables (design.md, "Tables").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Column {
    /// `eventMetadata.eventId` of a capture; null when empty, and for transforms and labels.
    EventId,
    /// `eventMetadata.inferenceId` of a capture, `SageMakerInferenceId` of a transform record.
    InferenceId,
    /// Time of the inference; null when it is missing or cannot be read.
    InferenceTime,
    /// Payload of the request, or this record's piece of it.
    Input,
    /// Encoding of `input`.
    InputEncoding,
    /// Content type of the request.
    InputContentType,
    /// Payload of the response, or this record's piece of it.
    Output,
    /// Encoding of `output`.
    OutputEncoding,
    /// Content type of the response.
    OutputContentType,
    /// `eventMetadata.customAttributes`.
    CustomAttributes,
    /// Byte offset of the source record in the decompressed object.
    Position,
    /// Which record of its payload, from 0.
    RecordIndex,
    /// How many records the payload holds.
    RecordCount,
    /// What labels are matched by: of a prediction `coalesce(inference_id, event_id)`, of a label its `eventId`.
    Key,
    /// `groundTruthData.data` as text.
    Label,
    /// Encoding of `label`.
    LabelEncoding,
}

impl Column {
    /// Every column, in the order of the enum.
    pub fn all() -> &'static [Column] {
        &[
            Column::EventId,
            Column::InferenceId,
            Column::InferenceTime,
            Column::Input,
            Column::InputEncoding,
            Column::InputContentType,
            Column::Output,
            Column::OutputEncoding,
            Column::OutputContentType,
            Column::CustomAttributes,
            Column::Position,
            Column::RecordIndex,
            Column::RecordCount,
            Column::Key,
            Column::Label,
            Column::LabelEncoding,
        ]
    }

    /// The column's name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Column::EventId => "event_id",
            Column::InferenceId => "inference_id",
            Column::InferenceTime => "inference_time",
            Column::Input => "input",
            Column::InputEncoding => "input_encoding",
            Column::InputContentType => "input_content_type",
            Column::Output => "output",
            Column::OutputEncoding => "output_encoding",
            Column::OutputContentType => "output_content_type",
            Column::CustomAttributes => "custom_attributes",
            Column::Position => "position",
            Column::RecordIndex => "record_index",
            Column::RecordCount => "record_count",
            Column::Key => "key",
            Column::Label => "label",
            Column::LabelEncoding => "label_encoding",
        }
    }

    /// Name, type and nullability.
    pub fn field(self) -> Field {
        let (data_type, nullable) = match self {
            Column::InferenceTime => (
                DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
                true,
            ),
            Column::CustomAttributes => (
                DataType::List(Arc::new(Field::new("item", DataType::Utf8, true))),
                true,
            ),
            Column::Position => (DataType::Int64, false),
            Column::RecordIndex | Column::RecordCount => (DataType::Int32, false),
            Column::Key => (DataType::Utf8, false),
            _ => (DataType::Utf8, true),
        };
        Field::new(self.name(), data_type, nullable)
    }
}

/// What one row stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Grain {
    /// One row per capture line, transform record or label; payloads unsplit.
    Capture,
    /// One row per prediction record; payloads cut to the record.
    Record,
}

/// What the bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Endpoint data capture (formats.md 1.2).
    EndpointCapture,
    /// Batch transform output as CSV with the id and the time as last fields (formats.md 2.2).
    TransformCsv,
    /// Batch transform output as JSON or JSON Lines (formats.md 2.2).
    TransformJson,
    /// Ground-truth labels (formats.md 3.2).
    GroundTruth,
}

/// How records lie in the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Framing {
    /// One JSON value or CSV row a line.
    Lines,
    /// The whole object is one JSON value.
    Document,
}

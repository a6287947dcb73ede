//! The batch under construction: one builder for each column that was asked for.

use crate::column::Column;
use crate::json::{Kind, Scanner, Text};
use crate::limits::Limits;
use arrow::array::{
    ArrayRef, Int32Builder, Int64Builder, ListBuilder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use std::fmt::Write as _;
use std::sync::Arc;

/// Largest limit of a batch's text: with one record more, a column still fits Arrow's 2 GiB.
pub(super) const MOST_BATCH_BYTES: usize = 512 << 20;

/// Text that one line or document may add to a batch, all its rows and columns together.
const MOST_RECORD_TEXT: usize = 1 << 30;

/// Text of a batch whatever the caller does; only met when full batches are not finished.
const MOST_TEXT: usize = (1 << 31) - (1 << 20);

/// `custom_attributes` as it stands in the record.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Attributes<'a> {
    #[default]
    Missing,
    /// A string where a list belongs.
    One(Text<'a>),
    /// The source of a JSON list that was found to hold only strings.
    List(&'a str),
}

impl Attributes<'_> {
    pub(super) fn len(self) -> usize {
        match self {
            Attributes::Missing => 0,
            Attributes::One(text) => text.len(),
            Attributes::List(source) => source.len(),
        }
    }
}

/// What every row of one record repeats.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shared<'a> {
    pub(super) position: u64,
    pub(super) event_id: Option<Text<'a>>,
    pub(super) inference_id: Option<Text<'a>>,
    pub(super) inference_time: Option<i64>,
    pub(super) input_content_type: Option<Text<'a>>,
    pub(super) output_content_type: Option<Text<'a>>,
    pub(super) attributes: Attributes<'a>,
}

/// What is one row's own.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Own<'a> {
    pub(super) input: Option<Text<'a>>,
    pub(super) input_encoding: Option<Text<'a>>,
    pub(super) output: Option<Text<'a>>,
    pub(super) output_encoding: Option<Text<'a>>,
    pub(super) label: Option<Text<'a>>,
    pub(super) label_encoding: Option<Text<'a>>,
    pub(super) record_index: usize,
    pub(super) record_count: usize,
}

#[derive(Debug)]
pub(super) struct Rows {
    asked: Vec<Column>,
    schema: SchemaRef,
    len: usize,
    /// Bytes of text in the batch.
    bytes: usize,
    /// `bytes` where the current line or document began.
    bytes_before: usize,
    event_id: Option<StringBuilder>,
    inference_id: Option<StringBuilder>,
    key: Option<StringBuilder>,
    inference_time: Option<TimestampMicrosecondBuilder>,
    input: Option<StringBuilder>,
    input_encoding: Option<StringBuilder>,
    input_content_type: Option<StringBuilder>,
    output: Option<StringBuilder>,
    output_encoding: Option<StringBuilder>,
    output_content_type: Option<StringBuilder>,
    label: Option<StringBuilder>,
    label_encoding: Option<StringBuilder>,
    attributes: Option<ListBuilder<StringBuilder>>,
    position: Option<Int64Builder>,
    record_index: Option<Int32Builder>,
    record_count: Option<Int32Builder>,
}

impl Rows {
    pub(super) fn new(columns: &[Column]) -> Rows {
        let asks = |column: Column| columns.contains(&column);
        let text = |column: Column| asks(column).then(StringBuilder::new);
        let fields: Vec<_> = columns.iter().map(|column| column.field()).collect();
        Rows {
            asked: columns.to_vec(),
            schema: Arc::new(Schema::new(fields)),
            len: 0,
            bytes: 0,
            bytes_before: 0,
            event_id: text(Column::EventId),
            inference_id: text(Column::InferenceId),
            key: text(Column::Key),
            inference_time: asks(Column::InferenceTime)
                .then(|| TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            input: text(Column::Input),
            input_encoding: text(Column::InputEncoding),
            input_content_type: text(Column::InputContentType),
            output: text(Column::Output),
            output_encoding: text(Column::OutputEncoding),
            output_content_type: text(Column::OutputContentType),
            label: text(Column::Label),
            label_encoding: text(Column::LabelEncoding),
            attributes: asks(Column::CustomAttributes)
                .then(|| ListBuilder::new(StringBuilder::new())),
            position: asks(Column::Position).then(Int64Builder::new),
            record_index: asks(Column::RecordIndex).then(Int32Builder::new),
            record_count: asks(Column::RecordCount).then(Int32Builder::new),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether the times of records are wanted.
    pub(super) fn asks_time(&self) -> bool {
        self.inference_time.is_some()
    }

    pub(super) fn asks_input(&self) -> bool {
        self.input.is_some()
    }

    pub(super) fn asks_input_encoding(&self) -> bool {
        self.input_encoding.is_some()
    }

    pub(super) fn asks_record_count(&self) -> bool {
        self.record_count.is_some()
    }

    /// A new line or document begins.
    pub(super) fn start_record(&mut self) {
        self.bytes_before = self.bytes;
    }

    /// Whether `rows` rows that repeat `repeated` bytes each, and hold `own` bytes once, still fit.
    ///
    /// Counted as if every column had been asked for, so that a reject does not depend on the projection.
    pub(super) fn has_room(&self, rows: usize, repeated: usize, own: usize) -> bool {
        let added = rows.saturating_mul(repeated).saturating_add(own);
        let of_record = self.bytes - self.bytes_before;
        of_record.saturating_add(added) <= MOST_RECORD_TEXT
            && self.bytes.saturating_add(added) <= MOST_TEXT
            && self.len.saturating_add(rows) <= MOST_TEXT
    }

    /// Appends one prediction row.
    #[inline]
    pub(super) fn push(&mut self, shared: &Shared<'_>, own: &Own<'_>) {
        let key = shared.inference_id.or(shared.event_id).unwrap_or_default();
        self.push_keyed(key, shared, own);
    }

    /// Appends one label row; it has a key and no ids.
    pub(super) fn push_label(&mut self, position: u64, key: Text<'_>, own: &Own<'_>) {
        let shared = Shared {
            position,
            ..Shared::default()
        };
        self.push_keyed(key, &shared, own);
    }

    #[inline]
    fn push_keyed(&mut self, key: Text<'_>, shared: &Shared<'_>, own: &Own<'_>) {
        let bytes = &mut self.bytes;
        append(&mut self.event_id, shared.event_id, bytes);
        append(&mut self.inference_id, shared.inference_id, bytes);
        append(&mut self.key, Some(key), bytes);
        append(&mut self.input, own.input, bytes);
        append(&mut self.input_encoding, own.input_encoding, bytes);
        append(
            &mut self.input_content_type,
            shared.input_content_type,
            bytes,
        );
        append(&mut self.output, own.output, bytes);
        append(&mut self.output_encoding, own.output_encoding, bytes);
        append(
            &mut self.output_content_type,
            shared.output_content_type,
            bytes,
        );
        append(&mut self.label, own.label, bytes);
        append(&mut self.label_encoding, own.label_encoding, bytes);
        if let Some(builder) = &mut self.inference_time {
            builder.append_option(shared.inference_time);
        }
        if let Some(builder) = &mut self.attributes {
            append_attributes(builder, shared.attributes);
            *bytes += shared.attributes.len();
        }
        if let Some(builder) = &mut self.position {
            builder.append_value(i64::try_from(shared.position).unwrap_or(i64::MAX));
        }
        if let Some(builder) = &mut self.record_index {
            builder.append_value(i32::try_from(own.record_index).unwrap_or(i32::MAX));
        }
        if let Some(builder) = &mut self.record_count {
            builder.append_value(i32::try_from(own.record_count).unwrap_or(i32::MAX));
        }
        self.len += 1;
    }

    /// The batch so far; the next one is empty.
    pub(super) fn finish(&mut self) -> RecordBatch {
        let asked = std::mem::take(&mut self.asked);
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(asked.len());
        for (index, column) in asked.iter().enumerate() {
            // A builder is emptied by finishing, so a column that is asked for twice is shared.
            let before = asked.iter().take(index).position(|c| c == column);
            let array = before
                .and_then(|before| columns.get(before).map(Arc::clone))
                .unwrap_or_else(|| self.finish_column(*column));
            columns.push(array);
        }
        self.asked = asked;
        let options = RecordBatchOptions::new().with_row_count(Some(self.len));
        self.len = 0;
        self.bytes = 0;
        self.bytes_before = 0;
        #[expect(
            clippy::expect_used,
            reason = "`push` appends one value to every builder, and types come from Column::field"
        )]
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
            .expect("columns of one length and of the schema's types")
    }

    fn finish_column(&mut self, column: Column) -> ArrayRef {
        fn text(builder: &mut Option<StringBuilder>) -> ArrayRef {
            Arc::new(builder.get_or_insert_default().finish())
        }
        match column {
            Column::EventId => text(&mut self.event_id),
            Column::InferenceId => text(&mut self.inference_id),
            Column::Key => text(&mut self.key),
            Column::Input => text(&mut self.input),
            Column::InputEncoding => text(&mut self.input_encoding),
            Column::InputContentType => text(&mut self.input_content_type),
            Column::Output => text(&mut self.output),
            Column::OutputEncoding => text(&mut self.output_encoding),
            Column::OutputContentType => text(&mut self.output_content_type),
            Column::Label => text(&mut self.label),
            Column::LabelEncoding => text(&mut self.label_encoding),
            Column::InferenceTime => {
                let builder = self.inference_time.get_or_insert_default();
                Arc::new(builder.finish().with_timezone("UTC"))
            }
            Column::CustomAttributes => Arc::new(self.attributes.get_or_insert_default().finish()),
            Column::Position => Arc::new(self.position.get_or_insert_default().finish()),
            Column::RecordIndex => Arc::new(self.record_index.get_or_insert_default().finish()),
            Column::RecordCount => Arc::new(self.record_count.get_or_insert_default().finish()),
        }
    }
}

#[inline]
fn append(builder: &mut Option<StringBuilder>, text: Option<Text<'_>>, bytes: &mut usize) {
    let Some(builder) = builder else { return };
    match text {
        Some(text) => {
            append_text(builder, text);
            *bytes += text.len();
        }
        None => builder.append_null(),
    }
}

#[inline]
fn append_text(builder: &mut StringBuilder, text: Text<'_>) {
    if text.escaped {
        // Straight into the column piece by piece, without a scratch copy.
        text.each_piece(|piece| {
            let _ = builder.write_str(piece);
        });
        builder.append_value("");
    } else {
        builder.append_value(text.raw);
    }
}

fn append_attributes(builder: &mut ListBuilder<StringBuilder>, attributes: Attributes<'_>) {
    match attributes {
        Attributes::Missing => builder.append(false),
        Attributes::One(text) => {
            append_text(builder.values(), text);
            builder.append(true);
        }
        Attributes::List(source) => {
            let mut scanner = Scanner::new(source, Limits::default().max_depth);
            let mut first = true;
            if scanner.kind() == Ok(Kind::Array) && scanner.open().is_ok() {
                while scanner.element(&mut first) == Ok(true) {
                    let Ok(text) = scanner.string() else { break };
                    append_text(builder.values(), text);
                }
            }
            builder.append(true);
        }
    }
}

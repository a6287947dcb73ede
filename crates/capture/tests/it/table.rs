//! Batches as text, so that a test shows its rows.

use arrow::array::{
    Array, AsArray, Int32Array, Int64Array, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::DataType;
use arrow::record_batch::RecordBatch;
use groundline_capture::{Column, Counts, Decoder, Format, Grain, Limits, Reject};

pub(crate) const TIME: &str = "2026-01-02T03:04:05Z";
pub(crate) const MICROS: &str = "1767323045000000";

/// What decoding gave.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) rows: Vec<String>,
    pub(crate) rejects: Vec<Reject>,
    pub(crate) counts: Counts,
}

impl Decoded {
    /// Rejects as `position reason`.
    pub(crate) fn reasons(&self) -> Vec<String> {
        let line = |r: &Reject| format!("{} {}", r.position, r.reason);
        self.rejects.iter().map(line).collect()
    }
}

/// Decodes whole bytes as lines.
pub(crate) fn decode(format: Format, grain: Grain, columns: &[Column], bytes: &[u8]) -> Decoded {
    let mut decoder = Decoder::new(format, grain, columns, Limits::default());
    assert_eq!(decoder.decode(bytes, 0), bytes.len());
    finish(decoder)
}

/// Decodes whole bytes as one document.
pub(crate) fn decode_document(
    format: Format,
    grain: Grain,
    columns: &[Column],
    bytes: &[u8],
) -> Decoded {
    let mut decoder = Decoder::new(format, grain, columns, Limits::default());
    decoder.decode_document(bytes, 0);
    finish(decoder)
}

pub(crate) fn finish(mut decoder: Decoder) -> Decoded {
    Decoded {
        rows: rows(&decoder.finish()),
        rejects: decoder.take_rejects(),
        counts: decoder.counts(),
    }
}

/// Each row with its values joined by ` | `, nulls as `-`.
pub(crate) fn rows(batch: &RecordBatch) -> Vec<String> {
    (0..batch.num_rows())
        .map(|row| {
            let values: Vec<String> = batch.columns().iter().map(|c| value(c, row)).collect();
            values.join(" | ")
        })
        .collect()
}

fn value(array: &dyn Array, row: usize) -> String {
    if array.is_null(row) {
        return "-".to_owned();
    }
    match array.data_type() {
        DataType::Utf8 => array
            .as_any()
            .downcast_ref::<StringArray>()
            .unwrap()
            .value(row)
            .to_owned(),
        DataType::Int32 => array
            .as_any()
            .downcast_ref::<Int32Array>()
            .unwrap()
            .value(row)
            .to_string(),
        DataType::Int64 => array
            .as_any()
            .downcast_ref::<Int64Array>()
            .unwrap()
            .value(row)
            .to_string(),
        DataType::Timestamp(_, _) => {
            let array = array
                .as_any()
                .downcast_ref::<TimestampMicrosecondArray>()
                .unwrap();
            array.value(row).to_string()
        }
        DataType::List(_) => {
            let list = array.as_list::<i32>().value(row);
            let values: Vec<String> = (0..list.len()).map(|i| value(&list, i)).collect();
            format!("[{}]", values.join(";"))
        }
        other => panic!("no table has a column of {other}"),
    }
}

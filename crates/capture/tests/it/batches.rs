//! Batches end where they should, and nothing depends on where.

use crate::table::rows;
use groundline_capture::{Column, Decoder, Format, Grain, Limits};

const COLUMNS: [Column; 3] = [Column::Position, Column::RecordIndex, Column::Output];

fn line(output: &str) -> String {
    format!(
        "{{\"captureData\":{{\"endpointOutput\":{{\"data\":\"{output}\",\"encoding\":\"CSV\"}}}},\"eventMetadata\":{{\"eventId\":\"e\"}}}}\n"
    )
}

fn decoder(rows: usize, bytes: usize) -> Decoder {
    Decoder::new(
        Format::EndpointCapture,
        Grain::Record,
        &COLUMNS,
        Limits::default(),
    )
    .with_batch_limits(rows, bytes)
}

#[test]
fn decode_stops_on_a_record_boundary_when_the_batch_is_full() {
    let text = [line("1"), line("2\\n3\\n4"), line("5")].concat();
    let mut decoder = decoder(2, 1 << 20);
    let first = decoder.decode(text.as_bytes(), 0);
    assert_eq!(first, line("1").len() + line("2\\n3\\n4").len());
    assert!(decoder.is_full());
    assert_eq!(decoder.rows(), 4);
    assert_eq!(decoder.decode(&text.as_bytes()[first..], first as u64), 0);
    assert_eq!(decoder.finish().num_rows(), 4);
    assert!(!decoder.is_full());
    let rest = decoder.decode(&text.as_bytes()[first..], first as u64);
    assert_eq!(first + rest, text.len());
    assert_eq!(rows(&decoder.finish()), [format!("{first} | 0 | 5")]);
    assert_eq!(decoder.counts().records, 5);
    assert_eq!(decoder.counts().captures, 3);
}

#[test]
fn a_batch_is_full_by_its_text_too() {
    let text = line("0123456789").repeat(5);
    let mut decoder = decoder(100, 15);
    let consumed = decoder.decode(text.as_bytes(), 0);
    assert_eq!(consumed, 2 * line("0123456789").len());
}

#[test]
fn rejects_fill_a_batch_and_progress_does_not_need_them_taken() {
    let text = "x\n".repeat(10);
    let mut decoder = decoder(4, 1 << 20);
    let mut at = 0;
    let mut batches = 0;
    while at < text.len() {
        at += decoder.decode(&text.as_bytes()[at..], at as u64);
        assert_eq!(decoder.finish().num_rows(), 0);
        batches += 1;
    }
    assert_eq!(batches, 3);
    assert_eq!(decoder.take_rejects().len(), 10);
    assert_eq!(decoder.take_rejects(), []);
}

#[test]
fn objects_larger_than_a_segment_decode_line_by_line() {
    let long = line(&"7,".repeat(100_000));
    let text = [line("1").repeat(3000), long.clone(), line("2").repeat(3000)].concat();
    let mut decoder = decoder(1 << 20, 1 << 30);
    assert_eq!(decoder.decode(text.as_bytes(), 0), text.len());
    let batch = decoder.finish();
    assert_eq!(batch.num_rows(), 6001);
    let start = line("1").len() * 3000;
    assert!(rows(&batch)[3000].starts_with(&format!("{start} | 0 | 7,7,")));
    assert_eq!(
        rows(&batch)[3001],
        format!("{} | 0 | 2", start + long.len())
    );
}

#[test]
fn csv_rows_longer_than_a_segment_stay_whole() {
    let quoted = "a\n".repeat(100_000);
    let text = format!("\"{quoted}\",id,2026-01-02T03:04:05Z\n").repeat(3);
    let mut decoder = Decoder::new(
        Format::TransformCsv,
        Grain::Record,
        &COLUMNS,
        Limits::default(),
    );
    assert_eq!(decoder.decode(text.as_bytes(), 0), text.len());
    assert_eq!(decoder.finish().num_rows(), 3);
    assert_eq!(decoder.take_rejects(), []);
}

#[test]
fn the_schema_is_the_columns_in_the_order_asked_for() {
    let mut decoder = Decoder::new(
        Format::GroundTruth,
        Grain::Record,
        Column::all(),
        Limits::default(),
    );
    let batch = decoder.finish();
    assert_eq!(batch.num_rows(), 0);
    for (field, column) in batch.schema().fields().iter().zip(Column::all()) {
        assert_eq!(field.as_ref(), &column.field());
    }
}

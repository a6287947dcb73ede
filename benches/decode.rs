//! Decoding captures into Arrow: rows and bytes per second for the columns that a merge asks for.
//!
//! `cargo bench --bench decode`; `GROUNDLINE_BENCH_ROWS` scales the data (default 20,000 lines of about 500 bytes).

use std::fmt::Write;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use groundline_capture::{Column, Decoder, Format, Grain, Limits};

fn lines(rows: usize) -> Vec<u8> {
    let mut text = String::new();
    for row in 0..rows {
        let features: Vec<String> = (0..60)
            .map(|f| ((row * 31 + f * 7) % 1000).to_string())
            .collect();
        let _ = writeln!(
            text,
            r#"{{"captureData":{{"endpointInput":{{"observedContentType":"text/csv","mode":"INPUT","data":"{}","encoding":"CSV"}},"endpointOutput":{{"observedContentType":"text/csv; charset=utf-8","mode":"OUTPUT","data":"0.{row:016}","encoding":"CSV"}}}},"eventMetadata":{{"eventId":"00000000-0000-4000-8000-{row:012}","inferenceId":"order-{row:08}","inferenceTime":"2026-11-01T00:00:00Z"}},"eventVersion":"0"}}"#,
            features.join(",")
        );
    }
    text.into_bytes()
}

fn decode(columns: &[Column], bytes: &[u8]) -> usize {
    let mut decoder = Decoder::new(
        Format::EndpointCapture,
        Grain::Record,
        columns,
        Limits::default(),
    );
    let (mut at, mut rows) = (0, 0);
    while at < bytes.len() {
        at += decoder.decode(&bytes[at..], at as u64);
        rows += black_box(decoder.finish()).num_rows();
    }
    rows
}

fn benches(criterion: &mut Criterion) {
    let rows = std::env::var("GROUNDLINE_BENCH_ROWS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(20_000);
    let bytes = lines(rows);
    let ids = [
        Column::EventId,
        Column::InferenceId,
        Column::Position,
        Column::RecordIndex,
        Column::RecordCount,
    ];
    let output = [
        &ids[..],
        &[
            Column::InferenceTime,
            Column::Output,
            Column::OutputEncoding,
        ],
    ]
    .concat();
    let input = [&output[..], &[Column::Input, Column::InputEncoding]].concat();
    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::ElementsAndBytes {
        elements: rows as u64,
        bytes: bytes.len() as u64,
    });
    for (name, columns) in [
        ("ids", &ids[..]),
        ("ids_time_output", &output),
        ("with_input", &input),
    ] {
        assert_eq!(decode(columns, &bytes), rows, "every line is a row");
        group.bench_function(name, |b| b.iter(|| decode(columns, &bytes)));
    }
    group.finish();
}

criterion_group!(decoding, benches);
criterion_main!(decoding);

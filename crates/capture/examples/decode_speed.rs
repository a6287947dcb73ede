//! Decoding speed over capture lines made in memory, for three sets of columns.
//!
//! `cargo run --release --example decode_speed -p groundline-capture [MEGABYTES]`

#![expect(clippy::print_stdout, reason = "an example prints its result")]

use groundline_capture::{Column, Decoder, Format, Grain, Limits};
use std::fmt::Write as _;
use std::time::Instant;

/// The reader hands chunks of about this size.
const CHUNK: usize = 8 << 20;

const IDS: [Column; 3] = [Column::Key, Column::EventId, Column::InferenceId];
const OUTPUT: [Column; 3] = [
    Column::InferenceTime,
    Column::Output,
    Column::OutputEncoding,
];
const INPUT: [Column; 2] = [Column::Input, Column::InputEncoding];

fn main() {
    let megabytes = std::env::args()
        .nth(1)
        .and_then(|a| a.parse().ok())
        .unwrap_or(200);
    let (lines, count) = capture_lines(megabytes * 1_000_000);
    println!("{count} lines of {} bytes on average", lines.len() / count);
    let sets = [
        ("ids", IDS.to_vec()),
        ("ids, time, output", [IDS, OUTPUT].concat()),
        (
            "ids, time, output, input",
            [IDS.as_slice(), &OUTPUT, &INPUT].concat(),
        ),
    ];
    for (name, columns) in sets {
        let mut best = f64::MAX;
        for _ in 0..5 {
            let start = Instant::now();
            let rows = decode(&lines, &columns);
            best = best.min(start.elapsed().as_secs_f64());
            assert_eq!(rows, count);
        }
        let speed = lines.len() as f64 / best / 1e9;
        println!(
            "{name}: {speed:.2} GB/s, {:.0} ns a line",
            best / count as f64 * 1e9
        );
    }
}

fn decode(bytes: &[u8], columns: &[Column]) -> usize {
    let mut decoder = Decoder::new(
        Format::EndpointCapture,
        Grain::Record,
        columns,
        Limits::default(),
    );
    let mut rows = 0;
    let mut start = 0;
    while start < bytes.len() {
        let end = (start + CHUNK).min(bytes.len());
        let chunk = &bytes[start..end];
        let mut at = 0;
        let whole = groundline_capture::last_line_end(chunk).unwrap_or(chunk.len());
        while at < whole {
            at += decoder.decode(&chunk[at..whole], (start + at) as u64);
            if decoder.is_full() {
                rows += decoder.finish().num_rows();
            }
        }
        start += whole;
    }
    assert!(decoder.take_rejects().is_empty());
    rows + decoder.finish().num_rows()
}

/// Lines as SageMaker writes them: a row of numbers in, a probability out, about 550 bytes.
fn capture_lines(bytes: usize) -> (Vec<u8>, usize) {
    let mut text = String::with_capacity(bytes + 1024);
    let mut count = 0_usize;
    let mut state = 1_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    while text.len() < bytes {
        let mut input = String::new();
        for index in 0..40 {
            let comma = if index == 0 { "" } else { "," };
            let value = next() % 1000;
            let _ = write!(
                input,
                "{comma}{}",
                if index % 3 == 0 {
                    value * 7
                } else {
                    value % 10
                }
            );
        }
        let (a, b, c) = (next(), next() & 0xffff, next());
        let _ = writeln!(
            text,
            r#"{{"captureData":{{"endpointInput":{{"observedContentType":"text/csv","mode":"INPUT","data":"{input}","encoding":"CSV"}},"endpointOutput":{{"observedContentType":"text/csv; charset=utf-8","mode":"OUTPUT","data":"0.{c:010}","encoding":"CSV"}}}},"eventMetadata":{{"eventId":"{a:08x}-{b:04x}-4{:03x}-a{:03x}-{c:012x}","inferenceId":"order-{count:08}","inferenceTime":"2026-01-02T03:{:02}:{:02}Z"}},"eventVersion":"0"}}"#,
            a & 0xfff,
            c & 0xfff,
            count / 60 % 60,
            count % 60,
        );
        count += 1;
    }
    (text.into_bytes(), count)
}

//! What sniffing says is what decoding can read.

use crate::table::{decode, decode_document};
use groundline_capture::{Column, Format, Framing, Grain, sniff_framing, sniff_transform};

/// Rows of a transform or label object read as it was sniffed.
fn rows(format: Format, text: &str) -> usize {
    let columns = [Column::Key];
    let decoded = match sniff_framing(text.as_bytes(), true) {
        Framing::Lines => decode(format, Grain::Record, &columns, text.as_bytes()),
        Framing::Document => decode_document(format, Grain::Record, &columns, text.as_bytes()),
    };
    assert_eq!(decoded.rejects, []);
    decoded.rows.len()
}

#[test]
fn every_shape_of_an_object_is_read_as_it_was_sniffed() {
    let record = r#"{"SageMakerInferenceId":"a","p":1}"#;
    for text in [
        format!("{record}\n{record}\n"),
        format!("[{record},{record}]"),
        format!("[\n{record},\n{record}\n]\n"),
        format!("\u{feff}\n[{record}\n,{record}]"),
        r#"{"SageMakerInferenceId":"a","p":[{},{}]}"#.to_owned(),
        r#"{"SageMakerInferenceId":"a","p":[{},{}]}"#.replace(',', ",\n"),
    ] {
        assert_eq!(sniff_transform(text.as_bytes()), Format::TransformJson);
        assert_eq!(rows(Format::TransformJson, &text), 2, "{text}");
    }
    let label = r#"{"groundTruthData":{"data":"1"},"eventMetadata":{"eventId":"a"}}"#;
    assert_eq!(
        rows(Format::GroundTruth, &format!("[{label},\n{label}]")),
        2
    );
    assert_eq!(rows(Format::GroundTruth, label), 1);
}

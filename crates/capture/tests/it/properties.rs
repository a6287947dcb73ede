//! What holds for any bytes: serde_json as the oracle, any cut gives the same rows, nothing panics.

use crate::table::{Decoded, rows};
use groundline_capture::{
    Column, CsvBoundaries, Decoder, Encoding, Format, Grain, LabelLayout, LabelType, Limits,
    Scratch, Selector, Splitter, class_text, compact_json, field, fields, label_shape, label_value,
    label_values, last_line_end, names, number, parse_manifest, parse_time, records_at,
    sniff_framing,
};
use proptest::prelude::*;
use serde::de::IgnoredAny;

const ENCODINGS: [Encoding; 4] = [
    Encoding::Csv,
    Encoding::Json,
    Encoding::Base64,
    Encoding::Unknown,
];

const FORMATS: [Format; 4] = [
    Format::EndpointCapture,
    Format::TransformCsv,
    Format::TransformJson,
    Format::GroundTruth,
];

/// Decodes in batches of `batch` rows, handing over `chunk` bytes and more at a time, cut at record boundaries.
fn decode(format: Format, grain: Grain, bytes: &[u8], batch: usize, chunk: usize) -> Decoded {
    let mut decoder = Decoder::new(format, grain, Column::all(), Limits::default())
        .with_batch_limits(batch, 1 << 20);
    let mut found = Vec::new();
    let mut start = 0;
    while start < bytes.len() {
        let mut end = start;
        while end < bytes.len() {
            end = (end + chunk).min(bytes.len());
            let part = &bytes[start..end];
            let cut = match format {
                Format::TransformCsv => CsvBoundaries::new().feed(part),
                _ => last_line_end(part),
            };
            if let Some(cut) = cut {
                end = start + cut;
                break;
            }
        }
        let mut at = start;
        while at < end {
            at += decoder.decode(&bytes[at..end], at as u64);
            if decoder.is_full() {
                found.extend(rows(&decoder.finish()));
            }
        }
        start = end;
    }
    found.extend(rows(&decoder.finish()));
    Decoded {
        rows: found,
        rejects: decoder.take_rejects(),
        counts: decoder.counts(),
    }
}

/// JSON text, compact or not.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,3})?",
        any::<String>().prop_map(|s| serde_json::to_string(&s).unwrap()),
        "\"(\\\\u[0-9a-fA-F]{4}|\\\\[nrtbf/\"\\\\]|[ -!#-\\[\\]-~é😀]){0,12}\"",
    ];
    let key = prop_oneof!["[a-c]", "data|eventId|SageMakerInferenceId|SageMakerOutput"];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|v| format!("[{}]", v.join(", "))),
            prop::collection::vec((key.clone(), inner), 0..5).prop_map(|v| {
                let members: Vec<String> = v.iter().map(|(k, v)| format!("\"{k}\" :{v}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

/// JSON text with up to two characters replaced.
fn nearly_json() -> impl Strategy<Value = String> {
    let flaw = (
        any::<prop::sample::Index>(),
        "[\\]\\[{}\",:\\\\ u0-9a-z'.é-]?",
    );
    (json(), prop::collection::vec(flaw, 0..3)).prop_map(|(text, flaws)| {
        let mut characters: Vec<String> = text.chars().map(String::from).collect();
        for (index, flaw) in flaws {
            let at = index.index(characters.len());
            characters[at] = flaw;
        }
        characters.concat()
    })
}

/// A capture line, mostly.
fn line() -> impl Strategy<Value = String> {
    let text = |s: String| serde_json::to_string(&s).unwrap();
    let payload = prop_oneof![
        "[0-9.,]{0,8}(\n[0-9.,]{0,8}){0,3}".prop_map(text),
        json().prop_map(text),
        (json(), json()).prop_map(move |(a, b)| text(format!("{{\"p\":[{a},{b}]}}"))),
        json(),
    ];
    let encoding = prop_oneof!["\"CSV\"|\"JSON\"|\"BASE64\"|null", json()];
    let capture = (payload.clone(), encoding.clone(), payload, encoding, json()).prop_map(
        |(input, input_encoding, output, output_encoding, id)| {
            format!(
                "{{\"captureData\":{{\"endpointInput\":{{\"data\":{input},\"encoding\":{input_encoding}}},\"endpointOutput\":{{\"encoding\":{output_encoding},\"data\":{output}}}}},\"eventMetadata\":{{\"inferenceId\":{id},\"eventId\":\"e\"}}}}"
            )
        },
    );
    let label = (json(), "\"CSV\"|\"JSON\"|\"BASE64\"").prop_map(|(data, encoding)| {
        format!("{{\"groundTruthData\":{{\"data\":{data},\"encoding\":{encoding}}},\"eventMetadata\":{{\"eventId\":\"e\"}}}}")
    });
    let transform = (json(), json()).prop_map(|(output, other)| {
        format!("{{\"SageMakerInferenceId\":\"i\",\"x\":{other},\"SageMakerOutput\":{output}}}")
    });
    let row = "(\"[a,\n]{0,4}\"|[0-9a\"]{0,4}),id,2026-01-02T03:04:05Z";
    prop_oneof![4 => capture, 2 => label, 2 => transform, 2 => row, 1 => nearly_json(), 1 => "[ -~\r]{0,20}"]
}

fn lines() -> impl Strategy<Value = String> {
    (prop::collection::vec(line(), 0..12), any::<bool>()).prop_map(|(lines, ended)| {
        let text = lines.join("\n");
        if ended { text + "\n" } else { text }
    })
}

/// Capture lines that are alike: most share their literal text, strings vary, some are broken.
fn alike() -> impl Strategy<Value = Vec<String>> {
    let inside = "([0-9a-z,.é]|\\\\[n\"u]|\"|\\\\u00e9){0,6}";
    let literal = prop_oneof![
        6 => Just("CSV"),
        1 => Just("JSON"),
        1 => Just("BASE64"),
        1 => Just("C\\u0053V"),
    ];
    let attributes = prop_oneof![
        6 => Just(r#"["x","y\n"]"#),
        1 => Just("\"one\""),
        1 => Just("null"),
        1 => Just("[1]"),
    ];
    let end = prop_oneof![8 => Just("}"), 1 => Just("} "), 1 => Just(""), 1 => Just("}}")];
    let line = (inside, literal, inside, inside, attributes, end).prop_map(
        |(input, encoding, output, id, attributes, end)| {
            format!(
                "{{\"captureData\":{{\"endpointInput\":{{\"data\":\"{input}\",\"encoding\":\"{encoding}\"}},\"endpointOutput\":{{\"data\":\"{output}\",\"data\":\"{output}\",\"encoding\":\"CSV\"}}}},\"eventMetadata\":{{\"eventId\":\"{id}\",\"customAttributes\":{attributes},\"inferenceTime\":\"2026-01-02T03:04:05Z\",\"inferenceId\":7}}{end}"
            )
        },
    );
    prop::collection::vec(line, 1..24)
}

/// Labels that are alike in the same way.
fn alike_labels() -> impl Strategy<Value = Vec<String>> {
    let inside = "([0-9a-z,.é]|\\\\[n\"u]|\"|\\\\u00e9){0,6}";
    let data = prop_oneof![
        8 => inside.prop_map(|inside| format!("\"{inside}\"")),
        1 => Just("null".to_owned()),
        1 => Just("5".to_owned()),
    ];
    let truth = prop_oneof![
        8 => data.prop_map(|data| format!("{{\"data\":{data},\"encoding\":\"CSV\"}}")),
        1 => Just("null".to_owned()),
    ];
    let ids = prop_oneof![
        8 => inside.prop_map(|id| format!("\"eventId\":\"{id}\"")),
        1 => inside.prop_map(|id| format!("\"eventId\":\"first\",\"eventId\":\"{id}\"")),
        1 => inside.prop_map(|id| format!("\"inferenceId\":\"{id}\"")),
        1 => Just("\"eventId\":7".to_owned()),
    ];
    let end = prop_oneof![8 => Just("}"), 1 => Just("} "), 1 => Just(""), 1 => Just("}}")];
    let line = (truth, ids, end).prop_map(|(truth, ids, end)| {
        format!(
            "{{\"groundTruthData\":{truth},\"eventMetadata\":{{{ids}}},\"eventVersion\":\"0\"{end}"
        )
    });
    prop::collection::vec(line, 1..24)
}

/// Whether the scanner takes a text as a label's JSON payload; a payload has no other way to be rejected.
fn accepts(text: &str) -> bool {
    let data = serde_json::to_string(text).unwrap();
    let line = format!(
        "{{\"groundTruthData\":{{\"encoding\":\"JSON\",\"data\":{data}}},\"eventMetadata\":{{\"eventId\":\"e\"}}}}"
    );
    let mut decoder = Decoder::new(Format::GroundTruth, Grain::Capture, &[], Limits::default());
    decoder.decode(line.as_bytes(), 0);
    decoder.take_rejects().is_empty()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_scanner_accepts_what_serde_json_accepts(text in nearly_json()) {
        // Raw control characters inside strings are the one tolerance that IgnoredAny does not share.
        prop_assume!(!text.trim().is_empty() && !text.chars().any(|c| c.is_ascii_control()));
        let oracle = serde_json::from_str::<IgnoredAny>(&text).is_ok();
        prop_assert_eq!(accepts(&text), oracle, "{}", text);
    }

    #[test]
    fn decoded_strings_equal_those_of_serde_json(text in any::<String>(), ascii in any::<bool>()) {
        let mut quoted = serde_json::to_string(&text).unwrap();
        if ascii {
            // Every character beyond ASCII as one or two \u escapes.
            quoted = quoted.chars().map(|c| {
                if c.is_ascii() { return c.to_string(); }
                c.encode_utf16(&mut [0; 2]).iter().map(|u| format!("\\u{u:04x}")).collect()
            }).collect();
        }
        let selector = Selector::parse("a").unwrap();
        let payload = format!("{{\"a\":{quoted}}}");
        let mut scratch = Scratch::new();
        let found = field(&payload, Encoding::Json, &selector, &mut scratch);
        prop_assert_eq!(found, groundline_capture::Field::Text(text.into()));
    }

    #[test]
    fn members_that_are_found_are_those_of_serde_json(text in json()) {
        let oracle: Result<serde_json::Value, _> = serde_json::from_str(&text);
        // Lone surrogates and huge numbers are errors of serde_json's values.
        prop_assume!(oracle.is_ok());
        let oracle = oracle.unwrap();
        for name in ["a", "b", "data"] {
            let selector = Selector::parse(name).unwrap();
            let mut scratch = Scratch::new();
            let found = match field(&text, Encoding::Json, &selector, &mut scratch) {
                groundline_capture::Field::Absent => None,
                groundline_capture::Field::Null => Some(serde_json::Value::Null),
                groundline_capture::Field::Text(text) => match oracle.get(name) {
                    Some(serde_json::Value::String(_)) => Some(serde_json::Value::String(text.into_owned())),
                    _ => serde_json::from_str(&text).ok(),
                },
            };
            prop_assert_eq!(found.as_ref(), oracle.get(name));
        }
    }

    #[test]
    fn any_cut_into_chunks_and_batches_gives_the_same_rows(text in lines(), batch in 1_usize..6, chunk in 1_usize..400) {
        for format in FORMATS {
            for grain in [Grain::Capture, Grain::Record] {
                let whole = decode(format, grain, text.as_bytes(), usize::MAX, usize::MAX / 2);
                let cut = decode(format, grain, text.as_bytes(), batch, chunk);
                prop_assert_eq!(&cut.rows, &whole.rows);
                prop_assert_eq!(&cut.rejects, &whole.rejects);
                prop_assert_eq!(cut.counts, whole.counts);
                let records = (whole.rows.len() + whole.rejects.len()) as u64;
                prop_assert_eq!(whole.counts.records, records);
            }
        }
    }

    #[test]
    fn a_line_decodes_the_same_whatever_lines_came_before_it(
        (format, lines) in prop_oneof![
            alike().prop_map(|lines| (Format::EndpointCapture, lines)),
            alike_labels().prop_map(|lines| (Format::GroundTruth, lines)),
        ],
    ) {
        let together = decode(format, Grain::Record, lines.join("\n").as_bytes(), usize::MAX, usize::MAX / 2);
        let mut alone = Vec::new();
        let mut details = Vec::new();
        let mut position = 0;
        for line in &lines {
            let mut decoder = Decoder::new(format, Grain::Record, Column::all(), Limits::default());
            decoder.decode(line.as_bytes(), position);
            alone.extend(rows(&decoder.finish()));
            details.extend(decoder.take_rejects());
            position += line.len() as u64 + 1;
        }
        prop_assert_eq!(together.rows, alone);
        prop_assert_eq!(together.rejects, details);
    }

    #[test]
    fn the_projection_changes_no_row_count_and_no_reject(text in lines()) {
        for format in FORMATS {
            for grain in [Grain::Capture, Grain::Record] {
                let all = decode(format, grain, text.as_bytes(), 8, usize::MAX / 2);
                let mut bare = Decoder::new(format, grain, &[], Limits::default());
                bare.decode(text.as_bytes(), 0);
                prop_assert_eq!(bare.finish().num_rows(), all.rows.len());
                prop_assert_eq!(bare.take_rejects(), all.rejects);
            }
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in lines()) {
        let mixed = [text.as_bytes(), &bytes, text.as_bytes()].concat();
        for bytes in [bytes.as_slice(), &mixed] {
            for format in FORMATS {
                decode(format, Grain::Record, bytes, 3, 64);
                let mut decoder = Decoder::new(format, Grain::Record, Column::all(), Limits::default());
                decoder.decode_document(bytes, 0);
                decoder.finish();
            }
            sniff_framing(bytes, true);
            sniff_framing(bytes, false);
            let _ = parse_manifest(bytes, &Limits::default());
        }
    }

    #[test]
    fn arbitrary_payloads_never_panic(payload in prop_oneof![any::<String>(), nearly_json(), lines()], path in "[\\[\\]a-c0-9.*'$/~-]{0,8}|p\\[\\*\\]\\.a|-?[0-9]", count in 0_u32..5) {
        let selector = Selector::parse(&path).ok();
        let mut splitter = Splitter::new();
        for encoding in ENCODINGS {
            if let Ok(pieces) = splitter.split(&payload, encoding) {
                prop_assert!(pieces.len() >= 1);
                prop_assert_eq!(pieces.iter().count(), pieces.len());
                prop_assert!((0..pieces.len()).all(|i| pieces.get(i).is_some()));
            }
            names(&payload, encoding, 5);
            let shape = label_shape(Some(&payload), encoding, selector.as_ref());
            shape.fits(count, LabelLayout::Auto);
            let mut bulk = Vec::new();
            label_values(&payload, encoding, count, selector.as_ref(), LabelLayout::Auto, |_, v| bulk.push(v.map(String::from)));
            let single: Vec<_> = (0..count)
                .map(|i| label_value(&payload, encoding, i, count, selector.as_ref(), LabelLayout::Auto).map(String::from))
                .collect();
            prop_assert_eq!(bulk, single);
            if let Some(selector) = &selector {
                let mut scratch = Scratch::new();
                let one = field(&payload, encoding, selector, &mut scratch);
                fields(&payload, encoding, std::slice::from_ref(selector), |_, many| assert_eq!(one, many));
                records_at(&payload, encoding, selector);
            }
        }
        parse_time(&payload);
        class_text(&payload, LabelType::Auto);
        number(&payload);
        compact_json(&payload);
    }

    #[test]
    fn shortening_keeps_the_value_and_is_stable(text in "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?") {
        let short = class_text(&text, LabelType::Auto).unwrap().into_owned();
        let value = |t: &str| t.parse::<f64>().unwrap();
        // -0 and 0 are one class.
        prop_assert_eq!(value(&short), value(&text));
        let again = class_text(&short, LabelType::Auto).unwrap().into_owned();
        prop_assert_eq!(again, short);
    }

    #[test]
    fn compact_json_is_the_same_value(text in json()) {
        let compact = compact_json(&text);
        let oracle: Result<serde_json::Value, _> = serde_json::from_str(&text);
        prop_assume!(oracle.is_ok());
        prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&compact).unwrap(), oracle.unwrap());
    }
}

//! The statements of the `.slt` files that are not SQL.

use serde_json::{Value, json};

/// One statement.
#[derive(Debug)]
pub(crate) enum Statement {
    Write { path: String, text: String },
    Clear,
    Merge(Vec<String>),
    Sql(String),
}

impl Statement {
    pub(crate) fn parse(text: &str) -> Self {
        let (first, body) = text.split_once('\n').unwrap_or((text, ""));
        let (word, rest) = first.split_once(' ').unwrap_or((first, ""));
        match word {
            "FILE" => Self::Write {
                path: rest.to_owned(),
                text: format!("{body}\n"),
            },
            "CAPTURES" => Self::Write {
                path: format!("captures/{rest}"),
                text: captures(rest, body),
            },
            "LABELS" => Self::Write {
                path: format!("labels/{rest}"),
                text: body.lines().map(label).collect(),
            },
            "CLEAR" => Self::Clear,
            "MERGE" => Self::Merge(text.split_whitespace().skip(1).map(str::to_owned).collect()),
            _ => Self::Sql(text.to_owned()),
        }
    }
}

/// Lines of `event inference output`; the time is five past the folder's hour.
fn captures(path: &str, body: &str) -> String {
    let parts: Vec<&str> = path.split('/').collect();
    let [_, _, year, month, day, hour, _] = parts[..] else {
        return String::from("CAPTURES needs endpoint/variant/yyyy/mm/dd/hh/name");
    };
    let time = format!("{year}-{month}-{day}T{hour}:05:00Z");
    body.lines()
        .map(|line| {
            let mut fields = line.splitn(3, ' ');
            let mut next = || fields.next().unwrap_or_default();
            let (event, inference, output) = (next(), next(), next());
            let side = |mode: &str, payload: &str| {
                let (data, encoding) = payload_of(payload);
                json!({"observedContentType": null, "mode": mode, "data": data, "encoding": encoding})
            };
            let mut record = json!({
                "captureData": {"endpointInput": side("INPUT", "7")},
                "eventMetadata": {"inferenceTime": time},
                "eventVersion": "0",
            });
            if output != "none" {
                record["captureData"]["endpointOutput"] = side("OUTPUT", output);
            }
            for (name, id) in [("eventId", event), ("inferenceId", inference)] {
                if id != "-" {
                    record["eventMetadata"][name] = json!(id);
                }
            }
            format!("{record}\n")
        })
        .collect()
}

/// A line of `key label`.
fn label(line: &str) -> String {
    let (key, value) = line.split_once(' ').unwrap_or((line, ""));
    let (data, encoding) = match value {
        "null" => (Value::Null, "CSV"),
        "empty" => (json!(""), "CSV"),
        _ => payload_of(value),
    };
    let record = json!({
        "groundTruthData": {"data": data, "encoding": encoding},
        "eventMetadata": {"eventId": key},
        "eventVersion": "0",
    });
    format!("{record}\n")
}

/// Payload text and its encoding.
fn payload_of(text: &str) -> (Value, &'static str) {
    let unescape = |text: &str| text.replace("\\n", "\n").replace("\\s", " ");
    match text.split_once(' ') {
        Some(("JSON", rest)) => (json!(unescape(rest)), "JSON"),
        Some(("BASE64", rest)) => (json!(base64(unescape(rest).as_bytes())), "BASE64"),
        _ => (json!(unescape(text)), "CSV"),
    }
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let byte = |index| u32::from(group.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..4 {
            let symbol = ALPHABET[(bits >> (18 - 6 * index) & 63) as usize];
            text.push(if index <= group.len() {
                symbol as char
            } else {
                '='
            });
        }
    }
    text
}

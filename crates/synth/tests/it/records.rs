//! Labels and predictions of a corpus, from its files and the positions of the planted rejects alone.

use std::collections::BTreeMap;

use groundline_synth::{Kind, Options};
use serde_json::Value;

use crate::reading::{Line, Made, base64, lines, pieces, text};

/// A label as read.
pub(crate) struct Label {
    pub(crate) hour: String,
    pub(crate) file: String,
    pub(crate) position: u64,
    pub(crate) data: Option<String>,
    pub(crate) encoding: String,
}

/// One prediction event as read.
pub(crate) struct Read {
    pub(crate) endpoint: String,
    pub(crate) hour: String,
    pub(crate) file: String,
    pub(crate) position: u64,
    pub(crate) time: String,
    pub(crate) event_id: Option<String>,
    pub(crate) inference_id: Option<String>,
    pub(crate) inputs: Option<Vec<String>>,
    pub(crate) outputs: Option<Vec<String>>,
    /// What the selector finds in each record.
    pub(crate) scores: Option<Vec<String>>,
    /// Dropped by the configured `where`.
    pub(crate) is_probe: bool,
}

impl Read {
    pub(crate) fn key(&self) -> &str {
        let id = self.inference_id.as_ref().or(self.event_id.as_ref());
        id.unwrap()
    }

    pub(crate) fn records(&self) -> usize {
        self.outputs
            .as_ref()
            .or(self.inputs.as_ref())
            .unwrap()
            .len()
    }
}

/// Good labels of each key below a folder, in the order in which they follow each other.
pub(crate) fn read_labels(made: &Made, root: &str) -> BTreeMap<String, Vec<Label>> {
    let rejects = made.rejects();
    let config = std::str::from_utf8(&made.all()["groundline.toml"]).unwrap();
    let id_field = if config.contains("label_id_field = \"inferenceId\"") {
        "inferenceId"
    } else {
        "eventId"
    };
    let mut labels: BTreeMap<String, Vec<Label>> = BTreeMap::new();
    for (file, bytes) in made.files(root) {
        for line in lines(bytes) {
            if rejects.contains_key(&("labels".to_owned(), file.to_string(), line.position)) {
                continue;
            }
            let mut value: Value = serde_json::from_slice(line.bytes).unwrap();
            let mut position = line.position;
            if let Some(list) = value.as_array() {
                assert_eq!(list.len(), 1);
                value = list[0].clone();
                position += 1;
            }
            let data = &value["groundTruthData"]["data"];
            labels
                .entry(text(&value["eventMetadata"][id_field]))
                .or_default()
                .push(Label {
                    hour: hour_of(file),
                    file: file.to_string(),
                    position,
                    data: match data {
                        Value::Null => None,
                        Value::String(text) => Some(text.clone()),
                        other => Some(other.to_string()),
                    },
                    encoding: text(&value["groundTruthData"]["encoding"]),
                });
        }
    }
    labels
}

/// `2026-11-01T00:00:00Z` of a key that has `2026/11/01/00` in it.
fn hour_of(key: &str) -> String {
    let at = key.find("2026/").unwrap();
    let hour = &key[at..at + 13];
    format!(
        "{}-{}-{}T{}:00:00Z",
        &hour[..4],
        &hour[5..7],
        &hour[8..10],
        &hour[11..13]
    )
}

/// Good predictions of all models, those that are dropped too, and those of the endpoint that none reads.
pub(crate) fn read_predictions(made: &Made, options: &Options) -> Vec<Read> {
    let mut reads = if options.kind == Kind::Endpoint {
        read_captures(made, "captures")
    } else {
        read_transforms(made, options)
    };
    reads.extend(read_captures(made, "neighbour/captures"));
    reads
}

fn read_captures(made: &Made, root: &str) -> Vec<Read> {
    let rejects = made.rejects();
    let mut reads = Vec::new();
    for (file, bytes) in made.files(root) {
        for line in lines(bytes) {
            if rejects.contains_key(&("predictions".to_owned(), file.to_string(), line.position)) {
                continue;
            }
            let value: Value = serde_json::from_slice(line.bytes).unwrap();
            let side = |name: &str| {
                let side = value["captureData"].get(name)?;
                Some((text(&side["data"]), text(&side["encoding"])))
            };
            let id = |name: &str| {
                let id = value["eventMetadata"].get(name)?.as_str()?;
                (!id.is_empty()).then(|| id.to_owned())
            };
            let (input, output) = (side("endpointInput"), side("endpointOutput"));
            let outputs = output.map(|(data, encoding)| pieces(&data, &encoding));
            reads.push(Read {
                endpoint: file.split('/').next().unwrap().to_owned(),
                hour: hour_of(file),
                file: file.to_string(),
                position: line.position,
                time: in_utc(&text(&value["eventMetadata"]["inferenceTime"])),
                event_id: id("eventId"),
                inference_id: id("inferenceId"),
                inputs: input.map(|(data, encoding)| pieces(&data, &encoding)),
                scores: outputs
                    .as_ref()
                    .map(|pieces| pieces.iter().map(|piece| score(piece)).collect()),
                outputs,
                is_probe: value["eventMetadata"]["customAttributes"][0] == "probe",
            });
        }
    }
    reads
}

/// A time of the first hours of a day, with a `Z` or two hours ahead of UTC.
fn in_utc(time: &str) -> String {
    let Some(local) = time.strip_suffix("+02:00") else {
        return time.to_owned();
    };
    let hour: u32 = local[11..13].parse().unwrap();
    format!("{}{:02}{}Z", &local[..11], hour - 2, &local[13..])
}

/// The number of a CSV row's last column, of the member `score`, or in base64.
fn score(piece: &str) -> String {
    if piece.starts_with('{') {
        let value: Value = serde_json::from_str(piece).unwrap();
        return value["score"].to_string();
    }
    let last = piece.rsplit(',').next().unwrap();
    if last.parse::<f64>().is_ok() {
        last.to_owned()
    } else {
        String::from_utf8(base64(piece)).unwrap()
    }
}

fn read_transforms(made: &Made, options: &Options) -> Vec<Read> {
    let rejects = made.rejects();
    let outputs = made.files("transform-output");
    let inputs = made.files("transform-input");
    let mut reads = Vec::new();
    for (hour, file) in manifest_keys(made, "output") {
        let input = inputs
            .get(file.trim_end_matches(".out"))
            .map(|bytes| lines(bytes));
        let bytes = outputs[file.as_str()];
        let records = if options.kind == Kind::Json {
            vec![Line {
                position: 0,
                number: 1,
                bytes,
            }]
        } else {
            lines(bytes)
        };
        if let Some(input) = &input {
            assert_eq!(input.len(), records.len(), "{file} pairs line by line");
        }
        for (index, line) in records.iter().enumerate() {
            if rejects.contains_key(&("predictions".to_owned(), file.to_string(), line.position)) {
                continue;
            }
            let paired = input
                .as_ref()
                .map(|lines| std::str::from_utf8(lines[index].bytes).unwrap().to_owned());
            let (id, time, input, outputs) = if options.kind == Kind::Csv {
                let row = std::str::from_utf8(line.bytes).unwrap();
                let parts: Vec<&str> = row.rsplitn(3, ',').collect();
                let id = parts[1].trim().to_owned();
                let time = parts[0].trim().to_owned();
                (
                    id,
                    time,
                    paired.map(|row| vec![row]),
                    vec![parts[2].to_owned()],
                )
            } else {
                json_record(line.bytes, paired)
            };
            reads.push(Read {
                endpoint: "_batch".to_owned(),
                hour: hour.clone(),
                file: file.to_string(),
                position: line.position,
                time,
                event_id: None,
                inference_id: Some(id),
                inputs: input,
                scores: Some(outputs.iter().map(|piece| score(piece)).collect()),
                outputs: Some(outputs),
                is_probe: file.starts_with("smoke-"),
            });
        }
    }
    assert_eq!(
        manifest_keys(made, "output").len(),
        outputs.len(),
        "every output is in one manifest"
    );
    assert_eq!(manifest_keys(made, "input").len(), inputs.len());
    reads
}

fn json_record(
    bytes: &[u8],
    paired: Option<String>,
) -> (String, String, Option<Vec<String>>, Vec<String>) {
    let mut value: Value = serde_json::from_slice(bytes).unwrap();
    let members = value.as_object_mut().unwrap();
    let id = text(&members.remove("SageMakerInferenceId").unwrap());
    let time = text(&members.remove("SageMakerInferenceTime").unwrap());
    let (output, input) = match members.remove("SageMakerOutput") {
        Some(output) => (output.to_string(), Some(value.to_string())),
        None => (value.to_string(), paired),
    };
    let input = input.map(|text| pieces(&text, "JSON"));
    (id, time, input, pieces(&output, "JSON"))
}

/// (hour, key below the mapped root) of every file that a manifest names.
fn manifest_keys(made: &Made, side: &str) -> Vec<(String, String)> {
    let mut keys = Vec::new();
    for (manifest, bytes) in made.files(&format!("transforms/{side}")) {
        let value: Value = serde_json::from_slice(bytes).unwrap();
        let (first, rest) = value.as_array().unwrap().split_first().unwrap();
        let prefix = text(&first["prefix"]);
        let root = format!("s3://synth-bucket/transform-{side}/");
        let prefix = prefix.strip_prefix(&root).unwrap();
        for key in rest {
            keys.push((hour_of(manifest), format!("{prefix}{}", text(key))));
        }
    }
    keys
}

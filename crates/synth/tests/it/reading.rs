//! Reads a corpus back with nothing of the generator's own.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use groundline_synth::{Options, Summary, generate};
use serde_json::Value;

/// A generated corpus, read into memory.
pub(crate) struct Made {
    files: BTreeMap<String, Vec<u8>>,
    pub(crate) summary: Summary,
}

impl Made {
    pub(crate) fn new(options: &Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let summary = generate(folder.path(), options).unwrap();
        let mut files = BTreeMap::new();
        collect(folder.path(), folder.path(), &mut files);
        Self { files, summary }
    }

    /// All files, decompressed, by their key.
    pub(crate) fn all(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.files
    }

    /// Decompressed files below a folder of the corpus, by their key below it.
    pub(crate) fn files(&self, root: &str) -> BTreeMap<&str, &[u8]> {
        let below = |key: &'_ str| -> Option<usize> {
            key.strip_prefix(root)?.strip_prefix('/')?;
            Some(root.len() + 1)
        };
        self.files
            .iter()
            .filter_map(|(key, bytes)| Some((&key[below(key)?..], bytes.as_slice())))
            .collect()
    }

    pub(crate) fn truth(&self, name: &str) -> Vec<Value> {
        let bytes = &self.files[&format!("truth/{name}")];
        std::str::from_utf8(bytes)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// (table, file, position) of each planted reject with its reason.
    pub(crate) fn rejects(&self) -> BTreeMap<(String, String, u64), String> {
        self.truth("rejects.jsonl")
            .iter()
            .map(|reject| {
                let at = (
                    text(&reject["table"]),
                    text(&reject["file"]),
                    reject["position"].as_u64().unwrap(),
                );
                (at, text(&reject["reason"]))
            })
            .collect()
    }
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
            continue;
        }
        let mut bytes = fs::read(&path).unwrap();
        if path.extension().is_some_and(|extension| extension == "gz") {
            let mut plain = Vec::new();
            flate2::read::GzDecoder::new(bytes.as_slice())
                .read_to_end(&mut plain)
                .unwrap();
            bytes = plain;
        }
        let key = path.strip_prefix(root).unwrap().to_str().unwrap();
        files.insert(key.to_owned(), bytes);
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A line that is not blank.
pub(crate) struct Line<'a> {
    pub(crate) position: u64,
    /// From 1, blank lines counted.
    pub(crate) number: u64,
    /// Without its end.
    pub(crate) bytes: &'a [u8],
}

pub(crate) fn lines(file: &[u8]) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut position = if file.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    for (index, line) in file[position..].split(|byte| *byte == b'\n').enumerate() {
        let bytes = line.strip_suffix(b"\r").unwrap_or(line);
        if !bytes.is_empty() {
            lines.push(Line {
                position: position as u64,
                number: index as u64 + 1,
                bytes,
            });
        }
        position += line.len() + 1;
    }
    lines
}

/// Pieces of a payload's records, by the rule of design.md.
pub(crate) fn pieces(data: &str, encoding: &str) -> Vec<String> {
    let rows = || -> Vec<String> {
        data.lines()
            .filter(|row| !row.is_empty())
            .map(str::to_owned)
            .collect()
    };
    match encoding {
        "CSV" => rows(),
        "JSON" => match serde_json::from_str::<Value>(data) {
            Ok(Value::Object(members)) if members.len() == 1 => {
                let only = members.values().next().unwrap();
                match only.as_array() {
                    Some(list) if list.iter().all(Value::is_object) => {
                        list.iter().map(Value::to_string).collect()
                    }
                    _ => vec![data.trim().to_owned()],
                }
            }
            Ok(_) => vec![data.trim().to_owned()],
            Err(_) => rows(),
        },
        "BASE64" => {
            let decoded = String::from_utf8(base64(data)).unwrap();
            let rows: Vec<String> = decoded.lines().map(str::to_owned).collect();
            if rows.len() > 1 {
                rows
            } else {
                vec![data.to_owned()]
            }
        }
        other => panic!("encoding {other}"),
    }
}

pub(crate) fn base64(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut bits = 0_u32;
    let mut count = 0;
    for byte in text.bytes().filter(|byte| *byte != b'=') {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            other => panic!("no base64: {other}"),
        };
        bits = bits << 6 | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

//! JSON Lines: one object a line. A number stays the text that it is, a list or an object its JSON.

use std::borrow::Cow;
use std::collections::HashMap;

use groundline_capture::{Limits, Reason, without_bom};
use groundline_store::{Object, Root};
use serde_json::value::RawValue;

use super::files::FileKind;
use super::rejected::Rejected;
use super::text_file::open;
use super::text_rows::TextRows;
use crate::error::EngineError;
use crate::read::Piece;

type Line<'a> = HashMap<Cow<'a, str>, &'a RawValue>;

/// Names in the first lines of a file: no more than so many bytes are looked at.
const HEAD: u64 = 4 << 20;

/// The names in a file's first lines, in order of their first appearance.
pub(super) async fn columns(
    root: &Root,
    object: &Object,
    limits: &Limits,
) -> Result<Vec<String>, EngineError> {
    let mut names: Vec<String> = Vec::new();
    let mut chunks = open(FileKind::Json, root, object, limits).await?;
    while let Some(piece) = chunks.next().await? {
        let Piece::Records { position, bytes } = piece else {
            continue;
        };
        for line in lines(&bytes) {
            let Ok(fields) = serde_json::from_slice::<Line<'_>>(line) else {
                continue;
            };
            // A map has no order of its own; the line has.
            let mut fresh: Vec<_> = fields
                .iter()
                .filter(|(name, _)| !names.iter().any(|known| known == name.as_ref()))
                .map(|(name, value)| (value.get().as_ptr() as usize, name.to_string()))
                .collect();
            fresh.sort();
            names.extend(fresh.into_iter().map(|(_, name)| name));
        }
        if position + bytes.len() as u64 >= HEAD {
            break;
        }
        chunks.recycle(bytes);
    }
    Ok(names)
}

/// Turns pieces of a file into rows.
#[derive(Debug)]
pub(super) struct JsonRows {
    columns: Vec<String>,
}

impl JsonRows {
    pub(super) fn new(columns: Vec<String>) -> Self {
        Self { columns }
    }

    pub(super) fn piece(&self, bytes: &[u8], rows: &mut TextRows, rejected: &Rejected) {
        for line in lines(bytes) {
            self.line(line, rows, rejected);
        }
    }

    fn line(&self, line: &[u8], rows: &mut TextRows, rejected: &Rejected) {
        let refuse =
            |rows: &mut TextRows, reason, detail| rows.reject(rejected, reason, detail, line);
        let Ok(text) = std::str::from_utf8(line) else {
            return refuse(
                rows,
                Reason::InvalidUtf8,
                "the line is not UTF-8".to_owned(),
            );
        };
        let fields: Line<'_> = match serde_json::from_str(text) {
            Ok(fields) => fields,
            Err(error) => {
                let (reason, detail) = match error.classify() {
                    serde_json::error::Category::Eof => (
                        Reason::Truncated,
                        "the line ends inside its JSON".to_owned(),
                    ),
                    serde_json::error::Category::Data => (
                        Reason::WrongType,
                        "the line is not one JSON object".to_owned(),
                    ),
                    _ => (Reason::NotJson, format!("not JSON: {error}")),
                };
                return refuse(rows, reason, detail);
            }
        };
        let mut values: Vec<Option<Cow<'_, str>>> = Vec::with_capacity(self.columns.len());
        for name in &self.columns {
            match fields.get(name.as_str()).map(|value| value_text(value)) {
                None => values.push(None),
                Some(Ok(value)) => values.push(value),
                Some(Err(error)) => {
                    let detail = format!("the text of `{name}` is not valid: {error}");
                    return refuse(rows, Reason::NotJson, detail);
                }
            }
        }
        rows.push(|at| values.get(at).and_then(|value| value.as_deref()));
    }
}

/// The lines that are not blank, without a byte order mark.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes
        .split(|byte| *byte == b'\n')
        .map(|line| without_bom(line).trim_ascii())
        .filter(|line| !line.is_empty())
}

/// What a value says as text; null says nothing.
fn value_text(value: &RawValue) -> serde_json::Result<Option<Cow<'_, str>>> {
    let text = value.get();
    Ok(match text.as_bytes().first() {
        Some(b'"') => Some(Cow::Owned(serde_json::from_str::<String>(text)?)),
        Some(b'n') => None,
        _ => Some(Cow::Borrowed(text)),
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    #[test]
    fn values_are_the_text_that_stands_there() {
        for (json, text) in [
            (r#""a\nb""#, Some("a\nb")),
            ("1.0", Some("1.0")),
            ("12345678901234567890", Some("12345678901234567890")),
            ("true", Some("true")),
            ("null", None),
            ("[1, 0]", Some("[1, 0]")),
        ] {
            let value: &RawValue = serde_json::from_str(json).unwrap();
            assert_eq!(value_text(value).unwrap().as_deref(), text, "{json}");
        }
    }
}

//! What kind of records lie in a folder, told from the records themselves.

use groundline_capture::{Encoding, Field, Scratch, Selector, field, head_text, parse_manifest};
use groundline_capture::{Limits, Splitter, parse_time};
use groundline_store::{Path, Root, list_flat_up_to};

use crate::error::EngineError;
use crate::read::read_head;

/// Objects that are looked at until one tells.
const LOOKED_AT: usize = 4;
/// Objects that are listed to find them.
const LISTED: usize = 200;

/// A kind of file that SageMaker, its users or groundline write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordKind {
    Captures,
    Transforms,
    /// Data-capture manifests of batch transforms.
    Manifests,
    Labels,
    /// What SageMaker's merge job wrote: predictions and labels, joined already.
    Merged,
    Parquet,
}

impl RecordKind {
    /// In a message: `these are …`.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Captures => "endpoint captures",
            Self::Transforms => "batch transform outputs",
            Self::Manifests => "manifests of batch transforms",
            Self::Labels => "ground-truth labels",
            Self::Merged => "records that SageMaker's merge job has joined already",
            Self::Parquet => "Parquet files",
        }
    }

    /// The flag that takes them.
    pub fn flag(self) -> Option<&'static str> {
        match self {
            Self::Captures => Some("captures"),
            Self::Transforms | Self::Manifests => Some("transforms"),
            Self::Labels => Some("labels"),
            Self::Merged | Self::Parquet => None,
        }
    }
}

/// The kind of the first objects below a root, and the object that told.
pub(super) async fn look(root: &Root) -> Result<Option<(RecordKind, String)>, EngineError> {
    look_below(root, root.prefix()).await
}

/// The same of a folder in it.
pub(super) async fn look_below(
    root: &Root,
    folder: &Path,
) -> Result<Option<(RecordKind, String)>, EngineError> {
    let (objects, _) = list_flat_up_to(root, folder, LISTED).await?;
    for object in objects.iter().take(LOOKED_AT) {
        let head = read_head(root, object).await?;
        if let Some(kind) = kind(&head) {
            return Ok(Some((kind, object.key.clone())));
        }
    }
    Ok(None)
}

/// The kind of a file that begins so.
pub(super) fn kind(head: &[u8]) -> Option<RecordKind> {
    if head.starts_with(b"PAR1") {
        return Some(RecordKind::Parquet);
    }
    if parse_manifest(head, &Limits::default()).is_ok() {
        return Some(RecordKind::Manifests);
    }
    let text = head_text(head);
    let line = text.lines().find(|line| !line.trim().is_empty())?;
    // The first line, and the whole text where a document goes on over lines.
    [line, text].into_iter().find_map(of_text)
}

fn of_text(text: &str) -> Option<RecordKind> {
    let mut splitter = Splitter::new();
    let pieces = splitter.split(text, Encoding::Json).ok()?;
    let record = pieces.get(0)?;
    let has = |path: &str| {
        let Ok(selector) = Selector::parse(path) else {
            return false;
        };
        let mut scratch = Scratch::new();
        field(record, Encoding::Json, &selector, &mut scratch) != Field::Absent
    };
    let label = has("groundTruthData");
    if has("captureData") {
        return Some(if label {
            RecordKind::Merged
        } else {
            RecordKind::Captures
        });
    }
    if label {
        return Some(RecordKind::Labels);
    }
    if has("SageMakerInferenceId") || has("SageMakerOutput") || is_transform_row(record) {
        return Some(RecordKind::Transforms);
    }
    None
}

/// A CSV row that ends with an id and a time.
fn is_transform_row(row: &str) -> bool {
    let Ok(last) = Selector::parse("-1") else {
        return false;
    };
    let mut scratch = Scratch::new();
    row.contains(',')
        && matches!(field(row, Encoding::Csv, &last, &mut scratch),
            Field::Text(time) if parse_time(time.trim()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_tell_what_they_are() {
        for (text, expected) in [
            (
                r#"{"captureData":{},"eventMetadata":{}}"#,
                Some(RecordKind::Captures),
            ),
            (
                r#"{"groundTruthData":{"data":"1"}}"#,
                Some(RecordKind::Labels),
            ),
            (
                r#"[{"groundTruthData":{"data":"1"}}]"#,
                Some(RecordKind::Labels),
            ),
            (
                "{\n \"groundTruthData\": {\"data\": \"1\"}\n}\n",
                Some(RecordKind::Labels),
            ),
            (
                r#"{"captureData":{},"groundTruthData":{}}"#,
                Some(RecordKind::Merged),
            ),
            (
                r#"{"SageMakerInferenceId":"x","score":1}"#,
                Some(RecordKind::Transforms),
            ),
            (
                "1,0.5,6bd2,2026-11-01T00:00:00Z\n",
                Some(RecordKind::Transforms),
            ),
            (
                r#"[{"prefix":"s3://b/out/"},"a.csv.out"]"#,
                Some(RecordKind::Manifests),
            ),
            ("PAR1....", Some(RecordKind::Parquet)),
            ("id,label\n1,0\n", None),
            ("", None),
        ] {
            assert_eq!(kind(text.as_bytes()), expected, "{text}");
        }
    }
}

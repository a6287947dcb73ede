//! Records that could not become rows: where, why, and their first bytes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::salvage::Salvaged;

/// Why a record was rejected. The list is closed: counts by reason add up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reason {
    /// The text is not JSON.
    NotJson,
    /// The record ended inside a JSON value.
    Truncated,
    /// The text was written with Python's `str()`: single quotes, `None`, `True`.
    PythonRepr,
    /// A field holds another type than the format says.
    WrongType,
    /// A valid record of another kind.
    WrongRecord,
    /// Longer than `Limits::max_record_bytes`.
    TooLong,
    /// Nested deeper than `Limits::max_depth`.
    TooDeep,
    /// The bytes are not UTF-8.
    InvalidUtf8,
    /// The payload says BASE64 and is not.
    InvalidBase64,
    /// A capture with neither id, or a label without `eventId`.
    NoId,
    /// A transform record without `SageMakerInferenceId`.
    NoInferenceId,
    /// The payload contradicts its encoding.
    BadPayload,
    /// A CSV row whose quotes do not close, or with another number of fields than its header.
    BadCsv,
    /// A label without a time that can be read.
    BadTime,
}

/// One rejected record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// Byte offset of the record in the decompressed object.
    pub position: u64,
    /// Which of the closed list of reasons.
    pub reason: Reason,
    /// What exactly was wrong, and where in the record.
    pub detail: String,
    /// The first bytes of the record, at most [`Reject::FIRST_BYTES`].
    pub bytes: Vec<u8>,
    /// Ids that could be seen in the record all the same.
    pub ids: Salvaged,
}

impl Reject {
    /// How many bytes of a rejected record are kept.
    pub const FIRST_BYTES: usize = 200;

    /// A reject of `record`, which begins at `position`.
    pub fn new(position: u64, reason: Reason, detail: String, record: &[u8]) -> Reject {
        let kept = record.len().min(Self::FIRST_BYTES);
        Reject {
            position,
            reason,
            detail,
            bytes: record.get(..kept).unwrap_or_default().to_vec(),
            ids: Salvaged::from(record),
        }
    }
}

impl Reason {
    /// Every reason.
    pub const ALL: [Reason; 14] = [
        Reason::NotJson,
        Reason::Truncated,
        Reason::PythonRepr,
        Reason::WrongType,
        Reason::WrongRecord,
        Reason::TooLong,
        Reason::TooDeep,
        Reason::InvalidUtf8,
        Reason::InvalidBase64,
        Reason::NoId,
        Reason::NoInferenceId,
        Reason::BadPayload,
        Reason::BadCsv,
        Reason::BadTime,
    ];

    /// The reason of a word; `None` for any other.
    pub fn parse(word: &str) -> Option<Reason> {
        Reason::ALL
            .into_iter()
            .find(|reason| reason.as_str() == word)
    }

    /// The word of the reason in tables and counts.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::NotJson => "not_json",
            Reason::Truncated => "truncated",
            Reason::PythonRepr => "python_repr",
            Reason::WrongType => "wrong_type",
            Reason::WrongRecord => "wrong_record",
            Reason::TooLong => "too_long",
            Reason::TooDeep => "too_deep",
            Reason::InvalidUtf8 => "invalid_utf8",
            Reason::InvalidBase64 => "invalid_base64",
            Reason::NoId => "no_id",
            Reason::NoInferenceId => "no_inference_id",
            Reason::BadPayload => "bad_payload",
            Reason::BadCsv => "bad_csv",
            Reason::BadTime => "bad_time",
        }
    }

    /// Every reason, in the order of the enum.
    pub fn all() -> &'static [Reason] {
        &[
            Reason::NotJson,
            Reason::Truncated,
            Reason::PythonRepr,
            Reason::WrongType,
            Reason::WrongRecord,
            Reason::TooLong,
            Reason::TooDeep,
            Reason::InvalidUtf8,
            Reason::InvalidBase64,
            Reason::NoId,
            Reason::NoInferenceId,
            Reason::BadPayload,
            Reason::BadCsv,
            Reason::BadTime,
        ]
    }

    /// One sentence: what to do next.
    pub fn hint(self) -> &'static str {
        match self {
            Reason::NotJson => "write one JSON value a line",
            Reason::Truncated => {
                "the writer or the upload stopped inside the record; write the file again"
            }
            Reason::PythonRepr => "write the record with json.dumps instead of str()",
            Reason::WrongType => "compare the named field with the documented record",
            Reason::WrongRecord => "point this input at the folder that holds its own kind of file",
            Reason::TooLong => "split the request, or raise the limit on the bytes of a record",
            Reason::TooDeep => "flatten the record, or raise the limit on nesting",
            Reason::InvalidUtf8 => "write the file as UTF-8",
            Reason::InvalidBase64 => "write the payload in the standard base64 alphabet",
            Reason::NoId => {
                "labels need eventMetadata.eventId (or name their id with --label-id-field), captures an eventId or inferenceId"
            }
            Reason::NoInferenceId => {
                "run the transform with GenerateInferenceId, or name what holds an id with --id-attribute"
            }
            Reason::BadPayload => "make groundTruthData.data agree with groundTruthData.encoding",
            Reason::BadCsv => {
                "close the quoted field, and give each row as many fields as the header has"
            }
            Reason::BadTime => {
                "write the time as 2026-11-01T06:30:00Z, or compute it with an SQL expression"
            }
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Reason;
    use std::collections::BTreeSet;

    #[test]
    fn every_reason_has_its_own_word_and_a_hint() {
        let words: BTreeSet<&str> = Reason::all().iter().map(|r| r.as_str()).collect();
        assert_eq!(words.len(), Reason::all().len());
        assert!(words.iter().all(|w| {
            w.chars()
                .all(|c| c == '_' || c.is_ascii_lowercase() || c.is_ascii_digit())
        }));
        assert!(Reason::all().iter().all(|r| !r.hint().is_empty()));
    }
}

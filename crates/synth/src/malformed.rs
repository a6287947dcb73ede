//! Lines that a reader must refuse, each made from a good one and with the reason it must be refused for.

use crate::random::Stream;

/// Why a line is refused; the names are the readers' (design.md "Rejects are rows").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    NotJson,
    Truncated,
    WrongType,
    NoId,
    NoInferenceId,
    InvalidUtf8,
    InvalidBase64,
}

impl Reason {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::Truncated => "truncated",
            Self::WrongType => "wrong_type",
            Self::NoId => "no_id",
            Self::NoInferenceId => "no_inference_id",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::InvalidBase64 => "invalid_base64",
        }
    }

    /// What may be wrong with a capture line.
    pub(crate) const OF_CAPTURES: &[Self] = &[
        Self::NotJson,
        Self::Truncated,
        Self::WrongType,
        Self::NoId,
        Self::InvalidUtf8,
        Self::InvalidBase64,
    ];

    /// What may be wrong with a label line.
    pub(crate) const OF_LABELS: &[Self] = &[
        Self::NotJson,
        Self::Truncated,
        Self::WrongType,
        Self::NoId,
        Self::InvalidUtf8,
    ];

    /// What may be wrong with a line of a JSON Lines transform.
    pub(crate) const OF_TRANSFORM_LINES: &[Self] = &[
        Self::NotJson,
        Self::Truncated,
        Self::NoInferenceId,
        Self::InvalidUtf8,
    ];

    /// What may be wrong with a row of a CSV transform.
    pub(crate) const OF_TRANSFORM_ROWS: &[Self] = &[Self::NoInferenceId, Self::InvalidUtf8];

    pub(crate) fn draw(stream: &mut Stream, among: &[Self]) -> Self {
        let index = stream.below(among.len() as u64) as usize;
        among.get(index).copied().unwrap_or(Self::Truncated)
    }
}

/// Turns `buffer[from..]`, a good capture, label or transform object in its plain form, into one that must be
/// refused for `reason`. For [`Reason::InvalidBase64`] the output of the capture must be BASE64 already.
pub(crate) fn spoil(buffer: &mut Vec<u8>, from: usize, stream: &mut Stream, reason: Reason) {
    let mut line = buffer.split_off(from);
    match reason {
        // The object is open from its first byte to its last, so every proper prefix ends inside it.
        Reason::Truncated => {
            let kept = line.len() as u64 * (20 + stream.below(70)) / 100;
            line.truncate(kept.max(1) as usize);
        }
        Reason::NotJson => match stream.below(3) {
            0 => line = b"<html><body>502 Bad Gateway</body></html>".to_vec(),
            1 => line.extend_from_slice(b"}"),
            _ => replace(&mut line, b"\":", b"\"="),
        },
        // The old value moves to an unknown member, so that the line stays JSON.
        Reason::WrongType => match stream.below(3) {
            0 => replace(&mut line, b"\"data\":", b"\"data\":{},\"was\":"),
            1 => replace(
                &mut line,
                b"\"eventMetadata\":",
                b"\"eventMetadata\":\"lost\",\"was\":",
            ),
            _ if find(&line, b"\"eventId\":").is_some() => replace(
                &mut line,
                b"\"eventId\":",
                b"\"eventId\":{\"v\":1},\"was\":",
            ),
            // Labels may have the other id alone.
            _ => replace(
                &mut line,
                b"\"inferenceId\":",
                b"\"inferenceId\":{\"v\":1},\"was\":",
            ),
        },
        Reason::NoId => {
            if stream.below(2) == 0 {
                replace(&mut line, b"\"eventId\":", b"\"requestId\":");
                replace(&mut line, b"\"inferenceId\":", b"\"traceId\":");
            } else {
                replace(&mut line, b"\"eventId\":", b"\"eventId\":\"\",\"was\":");
                replace(
                    &mut line,
                    b"\"inferenceId\":",
                    b"\"inferenceId\":null,\"were\":",
                );
            }
        }
        Reason::NoInferenceId => {
            replace(&mut line, b"\"SageMakerInferenceId\":", b"\"requestId\":");
        }
        Reason::InvalidUtf8 => {
            let broken: &[u8] = if stream.below(2) == 0 {
                b"\xff"
            } else {
                b"\xc3("
            };
            insert_in_first_string_value(&mut line, broken);
        }
        Reason::InvalidBase64 => {
            replace(
                &mut line,
                b"\"mode\":\"OUTPUT\",\"data\":\"",
                b"\"mode\":\"OUTPUT\",\"data\":\"!*",
            );
        }
    }
    buffer.extend_from_slice(&line);
}

/// Turns `buffer[from..]`, a good capture, into a line that must be refused although its ids can be read: they
/// precede the damage where the metadata comes first, else they follow it.
pub(crate) fn spoil_beside_ids(
    buffer: &mut Vec<u8>,
    from: usize,
    metadata_first: bool,
    stream: &mut Stream,
) -> Reason {
    let mut line = buffer.split_off(from);
    let reason = if metadata_first {
        // Cut off in an escape of the first payload.
        let payload = b"\"data\":\"";
        let at = find(&line, payload).map_or(line.len() / 2, |at| at + payload.len() + 1);
        line.truncate(at);
        line.push(b'\\');
        Reason::Truncated
    } else if stream.below(2) == 0 {
        replace(&mut line, b"\"data\":\"", b"\"data\":\"\\q");
        Reason::NotJson
    } else {
        insert_in_first_string_value(&mut line, b"\xff");
        Reason::InvalidUtf8
    };
    buffer.extend_from_slice(&line);
    reason
}

/// The same for a JSON record of a transform, whose ids are its first or its last members.
pub(crate) fn spoil_record_beside_ids(
    buffer: &mut Vec<u8>,
    from: usize,
    ids_first: bool,
) -> Reason {
    let mut line = buffer.split_off(from);
    let reason = if ids_first {
        let last = b"\"SageMakerInferenceTime\"";
        let ids =
            find(&line, last).map_or(0, |at| at + last.len() + "\"2026-11-01T00:00:00Z\",".len());
        let body = line.len().saturating_sub(ids);
        line.truncate(ids + body / 2);
        Reason::Truncated
    } else {
        replace(&mut line, b"\":", b"\"=");
        Reason::NotJson
    };
    buffer.extend_from_slice(&line);
    reason
}

/// The same for a row of CSV, whose last two columns are id and time: its first column is hit.
pub(crate) fn spoil_row_beside_ids(buffer: &mut Vec<u8>, from: usize) -> Reason {
    buffer.insert(from, b'\xff');
    Reason::InvalidUtf8
}

fn find(line: &[u8], text: &[u8]) -> Option<usize> {
    line.windows(text.len()).position(|window| window == text)
}

/// Replaces the first occurrence, if there is one.
fn replace(line: &mut Vec<u8>, old: &[u8], new: &[u8]) {
    if let Some(at) = find(line, old) {
        line.splice(at..at + old.len(), new.iter().copied());
    }
}

fn insert_in_first_string_value(line: &mut Vec<u8>, bytes: &[u8]) {
    let opening = b":\"";
    let found = find(line, opening);
    // A CSV row has no string; there the first field is hit.
    let at = found.map_or(0, |at| at + opening.len());
    line.splice(at..at, bytes.iter().copied());
}

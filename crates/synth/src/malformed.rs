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
            _ => replace(
                &mut line,
                b"\"eventId\":",
                b"\"eventId\":{\"v\":1},\"was\":",
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

/// Replaces the first occurrence, if there is one.
fn replace(line: &mut Vec<u8>, old: &[u8], new: &[u8]) {
    let found = line.windows(old.len()).position(|window| window == old);
    if let Some(at) = found {
        line.splice(at..at + old.len(), new.iter().copied());
    }
}

fn insert_in_first_string_value(line: &mut Vec<u8>, bytes: &[u8]) {
    let opening = b":\"";
    let found = line.windows(2).position(|window| window == opening);
    // A CSV row has no string; there the first field is hit.
    let at = found.map_or(0, |at| at + opening.len());
    line.splice(at..at, bytes.iter().copied());
}

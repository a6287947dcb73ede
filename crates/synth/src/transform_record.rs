//! One record of a batch transform's output, with its inference id (formats.md 2.2).

use crate::options::Options;
use crate::random::Stream;
use crate::text::push_json_string;

/// How a row, line or document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordForm {
    /// As in the samples; nearly all.
    Plain,
    /// Blanks after the commas before id and time, or between members.
    Spaced,
    /// The id members come last; CSV rows have them last anyway.
    IdsLast,
    /// Ends with CR LF.
    CrLf,
    /// Members on lines of their own; documents only.
    Pretty,
}

impl RecordForm {
    /// Plain but for 2 % of a corpus with variety.
    pub(crate) fn draw(options: &Options, stream: &mut Stream) -> Self {
        if !options.unusual(stream, 0.02) {
            return Self::Plain;
        }
        match stream.below(3) {
            0 => Self::Spaced,
            1 => Self::IdsLast,
            _ => Self::CrLf,
        }
    }
}

/// Appends a CSV row without its end: inputs if they are joined, prediction, id, time. Returns where in the
/// buffer the comma before the id stands.
pub(crate) fn push_row(
    buffer: &mut Vec<u8>,
    input: Option<&[u8]>,
    output: &[u8],
    id: &[u8],
    time: &[u8],
    form: RecordForm,
) -> usize {
    if let Some(input) = input {
        buffer.extend_from_slice(input);
        buffer.push(b',');
    }
    buffer.extend_from_slice(output);
    let before_id = buffer.len();
    let comma: &[u8] = if form == RecordForm::Spaced {
        b", "
    } else {
        b","
    };
    buffer.extend_from_slice(comma);
    buffer.extend_from_slice(id);
    buffer.extend_from_slice(comma);
    buffer.extend_from_slice(time);
    before_id
}

/// Appends a JSON object. With `input`, `output` goes under `SageMakerOutput` beside the input's members;
/// without, the output's own members stand beside the id. Both are JSON objects.
pub(crate) fn push_json_record(
    buffer: &mut Vec<u8>,
    id: &[u8],
    time: &[u8],
    input: Option<&[u8]>,
    output: &[u8],
    form: RecordForm,
) {
    let comma: &[u8] = match form {
        RecordForm::Spaced => b", ",
        RecordForm::Pretty => b",\n  ",
        _ => b",",
    };
    let push_ids = |buffer: &mut Vec<u8>| {
        buffer.extend_from_slice(b"\"SageMakerInferenceId\":");
        push_json_string(buffer, id);
        buffer.extend_from_slice(comma);
        buffer.extend_from_slice(b"\"SageMakerInferenceTime\":");
        push_json_string(buffer, time);
    };
    let push_body = |buffer: &mut Vec<u8>| {
        if let Some(input) = input {
            buffer.extend_from_slice(b"\"SageMakerOutput\":");
            buffer.extend_from_slice(output);
            buffer.extend_from_slice(comma);
            buffer.extend_from_slice(members(input));
        } else {
            buffer.extend_from_slice(members(output));
        }
    };
    let (open, close): (&[u8], &[u8]) = if form == RecordForm::Pretty {
        (b"{\n  ", b"\n}")
    } else {
        (b"{", b"}")
    };
    buffer.extend_from_slice(open);
    if form == RecordForm::IdsLast {
        push_body(buffer);
        buffer.extend_from_slice(comma);
        push_ids(buffer);
    } else {
        push_ids(buffer);
        buffer.extend_from_slice(comma);
        push_body(buffer);
    }
    buffer.extend_from_slice(close);
}

/// The text between the braces of an object.
fn members(object: &[u8]) -> &[u8] {
    object
        .strip_prefix(b"{")
        .and_then(|rest| rest.strip_suffix(b"}"))
        .unwrap_or(object)
}

//! One line of an endpoint's data capture (formats.md 1.2): the bulk in the form that SageMaker writes, a few
//! in every other form that a reader has to take.

use crate::hour::Hour;
use crate::payload::{Encoding, Payload};
use crate::random::Stream;
use crate::text::{JsonText, push_json_string, push_padded};

/// What a line says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Capture<'a> {
    pub(crate) input: Option<&'a Payload>,
    pub(crate) output: Option<&'a Payload>,
    pub(crate) event_id: &'a [u8],
    pub(crate) inference_id: InferenceId<'a>,
    pub(crate) time: Time,
}

/// Ways to have an inference id, or none: an empty one counts as absent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum InferenceId<'a> {
    Text(&'a [u8]),
    Absent,
    Empty,
    Null,
}

impl<'a> InferenceId<'a> {
    pub(crate) fn text(self) -> Option<&'a [u8]> {
        match self {
            Self::Text(text) => Some(text),
            Self::Absent | Self::Empty | Self::Null => None,
        }
    }
}

/// When the endpoint answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Time {
    pub(crate) hour: Hour,
    /// Milliseconds since the hour began.
    pub(crate) milliseconds: u64,
    /// Whether the line states the milliseconds.
    pub(crate) fraction: bool,
}

impl Time {
    /// Appends it in UTC with a `Z`.
    pub(crate) fn push(self, buffer: &mut Vec<u8>) {
        self.push_local(buffer, 0);
        buffer.push(b'Z');
    }

    fn push_local(self, buffer: &mut Vec<u8>, hours_ahead: u32) {
        let hour = self.hour.plus(hours_ahead);
        hour.push_time(buffer, self.milliseconds / 1_000);
        if self.fraction {
            buffer.push(b'.');
            push_padded(buffer, self.milliseconds % 1_000, 3);
        }
    }
}

/// How a line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As SageMaker does; nearly all lines.
    Plain,
    /// Metadata first, payload members in alphabetical order.
    Reordered,
    /// Blanks after commas and colons.
    Spaced,
    /// Unknown members at every level.
    Extra,
    /// `customAttributes`.
    Attributes,
    /// `customAttributes` that say that the request is only a probe.
    Probe,
    /// `observedContentType` is null on one side and missing on the other.
    NoContentType,
    /// Ids written with `\u00xx`.
    EscapedIds,
    /// Time with a zone offset instead of `Z`.
    Offset,
    /// Ends with CR LF.
    CrLf,
    /// After a blank line.
    AfterBlank,
}

impl Form {
    /// Any form but the plain one.
    pub(crate) fn unusual(stream: &mut Stream) -> Self {
        match stream.below(9) {
            0 => Self::Reordered,
            1 => Self::Spaced,
            2 => Self::Extra,
            3 => Self::Attributes,
            4 => Self::NoContentType,
            5 => Self::EscapedIds,
            6 => Self::Offset,
            7 => Self::CrLf,
            _ => Self::AfterBlank,
        }
    }
}

impl Capture<'_> {
    /// Appends the line without its end.
    pub(crate) fn push(&self, buffer: &mut Vec<u8>, form: Form) {
        let has_plain_id = matches!(
            self.inference_id,
            InferenceId::Text(_) | InferenceId::Absent
        );
        if matches!(form, Form::Plain | Form::CrLf | Form::AfterBlank) && has_plain_id {
            self.push_plain(buffer);
        } else {
            self.push_varied(buffer, form);
        }
    }

    fn push_plain(&self, buffer: &mut Vec<u8>) {
        buffer.extend_from_slice(b"{\"captureData\":{");
        if let Some(input) = self.input {
            push_plain_side(
                buffer,
                b"\"endpointInput\":{\"observedContentType\":\"",
                input_type(input),
                b"\",\"mode\":\"INPUT\",\"data\":",
                input,
            );
        }
        if let Some(output) = self.output {
            if self.input.is_some() {
                buffer.push(b',');
            }
            push_plain_side(
                buffer,
                b"\"endpointOutput\":{\"observedContentType\":\"",
                output_type(output),
                b"\",\"mode\":\"OUTPUT\",\"data\":",
                output,
            );
        }
        buffer.extend_from_slice(b"},\"eventMetadata\":{\"eventId\":\"");
        buffer.extend_from_slice(self.event_id);
        if let Some(text) = self.inference_id.text() {
            buffer.extend_from_slice(b"\",\"inferenceId\":\"");
            buffer.extend_from_slice(text);
        }
        buffer.extend_from_slice(b"\",\"inferenceTime\":\"");
        self.time.push(buffer);
        buffer.extend_from_slice(b"\"},\"eventVersion\":\"0\"}");
    }

    fn push_varied(&self, buffer: &mut Vec<u8>, form: Form) {
        let mut json = JsonText::new(buffer).spaced(form == Form::Spaced);
        json.open();
        if form == Form::Extra {
            json.key("captureHost").open();
            json.key("rack").raw(b"[3,{\"slot\":null}]");
            json.key("drained").raw(b"false").close();
        }
        if form == Form::Reordered {
            json.key("eventVersion").string(b"0");
            self.push_metadata(json.key("eventMetadata"), form);
            self.push_data(json.key("captureData"), form);
        } else {
            self.push_data(json.key("captureData"), form);
            self.push_metadata(json.key("eventMetadata"), form);
            json.key("eventVersion").string(b"0");
        }
        if form == Form::Extra {
            json.key("latencyMs").raw(b"1.25e1");
        }
        json.close();
    }

    fn push_data(&self, json: &mut JsonText<'_>, form: Form) {
        json.open();
        if let Some(input) = self.input {
            let content_type = match form {
                Form::NoContentType => ContentType::Null,
                _ => ContentType::Text(input_type(input)),
            };
            push_varied_side(
                json.key("endpointInput"),
                "INPUT",
                content_type,
                input,
                form,
            );
        }
        if let Some(output) = self.output {
            let content_type = match form {
                Form::NoContentType => ContentType::Missing,
                _ => ContentType::Text(output_type(output)),
            };
            push_varied_side(
                json.key("endpointOutput"),
                "OUTPUT",
                content_type,
                output,
                form,
            );
        }
        json.close();
    }

    fn push_metadata(&self, json: &mut JsonText<'_>, form: Form) {
        json.open();
        if form == Form::Extra {
            json.key("retries").raw(b"0");
        }
        let mut time = Vec::new();
        if form == Form::Offset {
            self.time.push_local(&mut time, 2);
            time.extend_from_slice(b"+02:00");
        } else {
            self.time.push(&mut time);
        }
        if form == Form::Reordered {
            json.key("inferenceTime").string(&time);
        }
        match self.inference_id {
            InferenceId::Text(text) if form == Form::EscapedIds => {
                json.key("inferenceId").escaped_string(text);
            }
            InferenceId::Text(text) => {
                json.key("inferenceId").string(text);
            }
            InferenceId::Empty => {
                json.key("inferenceId").string(b"");
            }
            InferenceId::Null => {
                json.key("inferenceId").raw(b"null");
            }
            InferenceId::Absent => {}
        }
        if form == Form::EscapedIds {
            json.key("eventId").escaped_string(self.event_id);
        } else {
            json.key("eventId").string(self.event_id);
        }
        if form == Form::Attributes {
            json.key("customAttributes")
                .raw("[\"plan=gold\",\"region=São Paulo\"]".as_bytes());
        }
        if form == Form::Probe {
            json.key("customAttributes").raw(b"[\"probe\"]");
        }
        if form != Form::Reordered {
            json.key("inferenceTime").string(&time);
        }
        json.close();
    }
}

enum ContentType {
    Text(&'static [u8]),
    Null,
    Missing,
}

fn input_type(payload: &Payload) -> &'static [u8] {
    match payload.encoding() {
        Encoding::Csv => b"text/csv",
        Encoding::Json => b"application/json",
        Encoding::Base64 => b"application/octet-stream",
    }
}

fn output_type(payload: &Payload) -> &'static [u8] {
    match payload.encoding() {
        Encoding::Csv => b"text/csv; charset=utf-8",
        Encoding::Json => b"application/json",
        Encoding::Base64 => b"text/html; charset=utf-8",
    }
}

fn push_plain_side(
    buffer: &mut Vec<u8>,
    open: &[u8],
    content_type: &[u8],
    before_data: &[u8],
    payload: &Payload,
) {
    buffer.extend_from_slice(open);
    buffer.extend_from_slice(content_type);
    buffer.extend_from_slice(before_data);
    push_json_string(buffer, payload.data());
    buffer.extend_from_slice(b",\"encoding\":\"");
    buffer.extend_from_slice(payload.encoding().name().as_bytes());
    buffer.extend_from_slice(b"\"}");
}

fn push_varied_side(
    json: &mut JsonText<'_>,
    mode: &str,
    content_type: ContentType,
    payload: &Payload,
    form: Form,
) {
    let encoding = payload.encoding().name().as_bytes();
    json.open();
    if form == Form::Reordered {
        json.key("data").string(payload.data());
        json.key("encoding").string(encoding);
    }
    if form == Form::Extra {
        json.key("digest")
            .raw(b"{\"data\":\"decoy\",\"encoding\":7}");
    }
    json.key("mode").string(mode.as_bytes());
    match content_type {
        ContentType::Text(text) => {
            json.key("observedContentType").string(text);
        }
        ContentType::Null => {
            json.key("observedContentType").raw(b"null");
        }
        ContentType::Missing => {}
    }
    if form != Form::Reordered {
        json.key("data").string(payload.data());
        json.key("encoding").string(encoding);
    }
    json.close();
}

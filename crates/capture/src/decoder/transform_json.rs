//! One object of batch transform output as JSON (formats.md 2.2).

use super::capture::text_or_number;
use super::rows::Shared;
use super::side::Side;
use super::{Decoder, Refusal};
use crate::column::Grain;
use crate::fault::Fault;
use crate::json::{Kind, Scan, Scanner, Text};
use crate::payload::json::{INFERENCE_FIELDS, is_json};
use crate::reject::Reason;

/// The fields of a transform object as they stand in it.
#[derive(Debug, Default)]
struct Object<'a> {
    id: Option<Text<'a>>,
    time: Option<Text<'a>>,
    /// Kind and source of `SageMakerOutput`.
    output: Option<(Kind, &'a str)>,
}

impl Decoder {
    /// Appends the rows of one transform object; how many.
    pub(super) fn transform_object(&mut self, text: &str, position: u64) -> Result<usize, Refusal> {
        let mut scanner = self.scanner(text);
        // Taken out so that the rest of the decoder can be borrowed; put back for its capacity.
        let mut members = std::mem::take(&mut self.members);
        members.clear();
        let read = read_object(&mut scanner, &mut members);
        let result = match read {
            Ok(object) => self.transform_rows(&object, &members, position),
            Err(_) => Err(scanner.fault().into()),
        };
        self.members = members;
        result
    }

    fn transform_rows(
        &mut self,
        object: &Object<'_>,
        members: &str,
        position: u64,
    ) -> Result<usize, Refusal> {
        let id = object.id.filter(|id| !id.is_empty());
        if id.is_none() && !self.ids_optional {
            let says = "SageMakerInferenceId is missing or empty";
            return Err(Fault::says(Reason::NoInferenceId, says).into());
        }
        let json = Some(Text::plain("JSON"));
        let rest = (!members.is_empty()).then(|| Side {
            data: Some(Text::plain(members)),
            encoding: json,
            content_type: None,
        });
        let mut unescaped = String::new();
        let (input, output) = match object.output {
            None => {
                let whole = Side {
                    data: Some(Text::plain("{}")),
                    encoding: json,
                    content_type: None,
                };
                (Side::default(), rest.unwrap_or(whole))
            }
            Some((kind, source)) => (
                rest.unwrap_or_default(),
                output_side(kind, source, &mut unescaped),
            ),
        };
        let shared = Shared {
            position,
            inference_id: id,
            inference_time: object.time.and_then(|time| self.time(time)),
            ..Shared::default()
        };
        match self.grain {
            Grain::Capture => self.whole_capture(&input, &output, &shared),
            Grain::Record => self.cut_capture(&input, &output, &shared),
        }
    }
}

/// The output that the value of `SageMakerOutput` is: a string holds the model's text, null is no output.
fn output_side<'a>(kind: Kind, source: &'a str, unescaped: &'a mut String) -> Side<'a> {
    let (data, encoding) = match kind {
        Kind::Null => return Side::default(),
        Kind::String => {
            let raw = source
                .strip_prefix('"')
                .and_then(|s| s.strip_suffix('"'))
                .unwrap_or(source);
            let escaped = raw.contains('\\');
            let text = Text { raw, escaped }.decoded(unescaped);
            (text, if is_json(text) { "JSON" } else { "CSV" })
        }
        _ => (source, "JSON"),
    };
    Side {
        data: Some(Text::plain(data)),
        encoding: Some(Text::plain(encoding)),
        content_type: None,
    }
}

/// Reads an object, and writes its other members into `members` as an object of their own; nothing if there are none.
fn read_object<'a>(scanner: &mut Scanner<'a>, members: &mut String) -> Scan<Object<'a>> {
    let mut object = Object::default();
    let kind = scanner.kind()?;
    if kind != Kind::Object {
        scanner.skip()?;
        scanner.end()?;
        return scanner.stop(Fault::wrong_type("the record", kind, "an object"));
    }
    scanner.open()?;
    let mut first = true;
    loop {
        let before = scanner.offset();
        let Some(key) = scanner.key(&mut first)? else {
            break;
        };
        if key.is("SageMakerInferenceId") {
            object.id = text_or_number(scanner, "SageMakerInferenceId")?;
        } else if key.is("SageMakerInferenceTime") {
            object.time = text_or_number(scanner, "SageMakerInferenceTime")?;
        } else if key.is("SageMakerOutput") {
            object.output = Some(scanner.slice()?);
        } else {
            scanner.skip()?;
            if !key.cow().starts_with(INFERENCE_FIELDS) {
                // From the comma or brace before the key; both go.
                let source = scanner.source(before, scanner.offset());
                let member = source.trim_start_matches([',', ' ', '\t', '\n', '\r']);
                members.push(if members.is_empty() { '{' } else { ',' });
                members.push_str(member);
            }
        }
    }
    scanner.end()?;
    if !members.is_empty() {
        members.push('}');
    }
    Ok(object)
}

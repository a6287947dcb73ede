//! One ground-truth record (formats.md 3.2).

use super::capture::{open_object, text_or_number};
use super::rows::Own;
use super::shape::{Fields, MOST_FIELDS, Slot};
use super::{Decoder, Refusal, expands_too_far};
use crate::fault::Fault;
use crate::json::{Kind, Scan, Scanner, Text};
use crate::label_id::LabelId;
use crate::payload::json::is_json;
use crate::payload::{Encoding, decode_base64};
use crate::reject::Reason;

/// The fields of a label as they stand in the record.
#[derive(Debug, Default)]
struct Record<'a> {
    /// Whether `groundTruthData` is there and not null.
    has_data: bool,
    data: Option<Text<'a>>,
    encoding: Option<Text<'a>>,
    event_id: Option<Text<'a>>,
    inference_id: Option<Text<'a>>,
}

impl<'a> Fields<'a> for Record<'a> {
    fn fields(&self) -> [(Slot, Option<Text<'a>>); MOST_FIELDS] {
        let mut fields = [(Slot::Label, None); MOST_FIELDS];
        let own = [
            (Slot::Label, self.data),
            (Slot::LabelEncoding, self.encoding),
            (Slot::EventId, self.event_id),
            (Slot::InferenceId, self.inference_id),
        ];
        for (field, own) in fields.iter_mut().zip(own) {
            *field = own;
        }
        fields
    }

    #[inline]
    fn set(&mut self, slot: Slot, text: Text<'a>) {
        let field = match slot {
            Slot::Label => &mut self.data,
            Slot::LabelEncoding => &mut self.encoding,
            Slot::EventId => &mut self.event_id,
            Slot::InferenceId => &mut self.inference_id,
            _ => return,
        };
        *field = Some(text);
    }
}

impl Decoder {
    /// Appends one label.
    pub(super) fn label_object(&mut self, text: &str, position: u64) -> Result<usize, Refusal> {
        let mut scanner = self.scanner(text);
        let mut record = Record {
            // Only such records are learned from.
            has_data: true,
            ..Record::default()
        };
        if !self.document && self.shape.read(text, &mut scanner, &mut record) {
            self.shape.matched();
        } else {
            scanner = self.scanner(text);
            let Ok(scanned) = read_record(&mut scanner, &self.label_id) else {
                return Err(scanner.fault().into());
            };
            record = scanned;
            if record.has_data && self.shape.missed() {
                self.shape.learn(text, &record);
            }
        }
        if !record.has_data {
            let says = "no groundTruthData, so this is not a ground-truth record";
            return Err(Fault::says(Reason::WrongRecord, says).into());
        }
        let Some(key) = record.event_id.filter(|id| !id.is_empty()) else {
            let other = record.inference_id.is_some_and(|id| !id.is_empty());
            return Err(no_id(&self.label_id, other));
        };
        let mut decoded = Vec::new();
        let (label, label_encoding) = checked_label(&record, &mut decoded)?;
        let repeated = key.len() + label_encoding.map_or(0, Text::len);
        if !self.rows.has_room(1, repeated, label.map_or(0, Text::len)) {
            return Err(expands_too_far(1));
        }
        let own = Own {
            label,
            label_encoding,
            record_count: 1,
            ..Own::default()
        };
        self.rows.push_label(position, key, &own);
        Ok(1)
    }
}

/// The refusal of a label whose id is not where it was looked for.
fn no_id(field: &LabelId, has_inference_id: bool) -> Refusal {
    let says = if has_inference_id && *field == LabelId::default() {
        "has eventMetadata.inferenceId but no eventId; label_id_field = \"inferenceId\" would match by it".to_owned()
    } else {
        format!("{field} is missing or empty")
    };
    Refusal::Says(Reason::NoId, says)
}

/// The label's text and encoding, once it was seen that they agree.
fn checked_label<'a>(
    record: &Record<'a>,
    decoded: &'a mut Vec<u8>,
) -> Result<(Option<Text<'a>>, Option<Text<'a>>), Refusal> {
    let Some(data) = record.data else {
        return Ok((None, record.encoding));
    };
    let word = record.encoding.map(Text::cow);
    match Encoding::parse(word.as_deref()) {
        Encoding::Json => check_json(&data.cow())?,
        Encoding::Base64 => {
            let says = "groundTruthData.data says BASE64 and is not base64";
            decode_base64(&data.cow(), decoded)
                .map_err(|_| Fault::says(Reason::InvalidBase64, says))?;
            let says = "groundTruthData.data decodes to bytes that are not UTF-8";
            let text = simdutf8::basic::from_utf8(decoded)
                .map_err(|_| Fault::says(Reason::InvalidUtf8, says))?;
            let found = if is_json(text) { "JSON" } else { "CSV" };
            return Ok((Some(Text::plain(text)), Some(Text::plain(found))));
        }
        Encoding::Csv | Encoding::Unknown => {}
    }
    Ok((Some(data), record.encoding))
}

/// JSON labels are JSON, or lines of it; an empty text is a label that says nothing.
fn check_json(text: &str) -> Result<(), Refusal> {
    if text.trim_ascii().is_empty() || is_json(text) {
        return Ok(());
    }
    let mut scanner = Scanner::new(text, crate::payload::PAYLOAD_DEPTH);
    let fault = match scanner.skip().and_then(|_| scanner.end()) {
        Err(_) => scanner.fault(),
        Ok(()) => Fault::says(Reason::NotJson, "not JSON"),
    };
    let detail = fault.detail.to_string().replace("the record", "the data");
    let reason = match fault.reason {
        Reason::PythonRepr => Reason::PythonRepr,
        _ => Reason::BadPayload,
    };
    let says = format!("groundTruthData.data says JSON and is not: {detail}");
    Err(Refusal::Says(reason, says))
}

fn read_record<'a>(scanner: &mut Scanner<'a>, id: &LabelId) -> Scan<Record<'a>> {
    let mut record = Record::default();
    let kind = scanner.kind()?;
    if kind != Kind::Object {
        scanner.skip()?;
        scanner.end()?;
        return scanner.stop(Fault::wrong_type("the record", kind, "an object"));
    }
    scanner.open()?;
    let mut first = true;
    while let Some(key) = scanner.key(&mut first)? {
        if key.is("groundTruthData") {
            read_data(scanner, &mut record)?;
        } else if key.is("eventMetadata") {
            read_metadata(scanner, &mut record, id.below_metadata())?;
        } else if let Some((name, rest)) = id.elsewhere()
            && key.is(name)
        {
            record.event_id = read_path(scanner, rest)?;
        } else {
            scanner.skip()?;
        }
    }
    scanner.end()?;
    Ok(record)
}

fn read_data<'a>(scanner: &mut Scanner<'a>, record: &mut Record<'a>) -> Scan<()> {
    (record.data, record.encoding) = (None, None);
    record.has_data = open_object(scanner, "groundTruthData")?;
    if !record.has_data {
        return Ok(());
    }
    let mut first = true;
    while let Some(key) = scanner.key(&mut first)? {
        if key.is("data") {
            record.data = text_or_number(scanner, "groundTruthData.data")?;
        } else if key.is("encoding") {
            record.encoding = text_or_number(scanner, "groundTruthData.encoding")?;
        } else {
            scanner.skip()?;
        }
    }
    Ok(())
}

/// Reads `eventMetadata`; the id is at `path` in it, if it is there at all.
fn read_metadata<'a>(
    scanner: &mut Scanner<'a>,
    record: &mut Record<'a>,
    path: Option<&[String]>,
) -> Scan<()> {
    record.inference_id = None;
    if path.is_some() {
        record.event_id = None;
    }
    if !open_object(scanner, "eventMetadata")? {
        return Ok(());
    }
    let mut first = true;
    while let Some(key) = scanner.key(&mut first)? {
        if let Some((name, rest)) = path.and_then(<[String]>::split_first)
            && key.is(name)
        {
            record.event_id = read_path(scanner, rest)?;
        } else if key.is("inferenceId") {
            record.inference_id = text_or_number(scanner, "eventMetadata.inferenceId")?;
        } else {
            scanner.skip()?;
        }
    }
    Ok(())
}

/// The text or number at `path` in the value that comes next; nothing where the path does not lead to one.
fn read_path<'a>(scanner: &mut Scanner<'a>, path: &[String]) -> Scan<Option<Text<'a>>> {
    let Some((name, rest)) = path.split_first() else {
        return text_or_number(scanner, "the label's id");
    };
    if scanner.kind()? != Kind::Object {
        scanner.skip()?;
        return Ok(None);
    }
    scanner.open()?;
    let (mut first, mut found) = (true, None);
    while let Some(key) = scanner.key(&mut first)? {
        if key.is(name) {
            found = read_path(scanner, rest)?;
        } else {
            scanner.skip()?;
        }
    }
    Ok(found)
}

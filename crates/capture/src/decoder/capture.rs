//! One line of endpoint data capture (formats.md 1.2).

use super::rows::{Attributes, Own, Shared};
use super::shape::{Fields, MOST_FIELDS, Slot};
use super::side::{Cut, Side, SideScratch};
use super::{Decoder, Refusal, expands_too_far};
use crate::column::Grain;
use crate::fault::Fault;
use crate::json::{Kind, Scan, Scanner, Text};
use crate::reject::Reason;
use crate::time::parse_time;

/// The fields of a capture as they stand in the line.
#[derive(Debug, Default)]
pub(super) struct Line<'a> {
    pub(super) input: Side<'a>,
    pub(super) output: Side<'a>,
    pub(super) metadata: Metadata<'a>,
}

#[derive(Debug, Default)]
pub(super) struct Metadata<'a> {
    pub(super) event_id: Option<Text<'a>>,
    pub(super) inference_id: Option<Text<'a>>,
    pub(super) time: Option<Text<'a>>,
    pub(super) attributes: Attributes<'a>,
}

impl<'a> Fields<'a> for Line<'a> {
    fn fields(&self) -> [(Slot, Option<Text<'a>>); MOST_FIELDS] {
        let (attributes_slot, attributes) = match self.metadata.attributes {
            Attributes::Missing => (Slot::OneAttribute, None),
            Attributes::One(text) => (Slot::OneAttribute, Some(text)),
            Attributes::List(source) => (Slot::ListOfAttributes, Some(Text::plain(source))),
        };
        [
            (Slot::InputData, self.input.data),
            (Slot::OutputData, self.output.data),
            (Slot::EventId, self.metadata.event_id),
            (Slot::InferenceId, self.metadata.inference_id),
            (Slot::Time, self.metadata.time),
            (Slot::InputEncoding, self.input.encoding),
            (Slot::OutputEncoding, self.output.encoding),
            (Slot::InputContentType, self.input.content_type),
            (Slot::OutputContentType, self.output.content_type),
            (attributes_slot, attributes),
        ]
    }

    #[inline]
    fn set(&mut self, slot: Slot, text: Text<'a>) {
        let field = match slot {
            Slot::InputData => &mut self.input.data,
            Slot::OutputData => &mut self.output.data,
            Slot::EventId => &mut self.metadata.event_id,
            Slot::InferenceId => &mut self.metadata.inference_id,
            Slot::Time => &mut self.metadata.time,
            Slot::InputEncoding => &mut self.input.encoding,
            Slot::OutputEncoding => &mut self.output.encoding,
            Slot::InputContentType => &mut self.input.content_type,
            Slot::OutputContentType => &mut self.output.content_type,
            Slot::Label | Slot::LabelEncoding => return,
            Slot::OneAttribute => {
                self.metadata.attributes = Attributes::One(text);
                return;
            }
            Slot::ListOfAttributes => {
                self.metadata.attributes = Attributes::List(text.raw);
                return;
            }
        };
        *field = Some(text);
    }
}

/// Names of the fields of one side, for messages.
struct Paths {
    side: &'static str,
    data: &'static str,
    encoding: &'static str,
    content_type: &'static str,
}

const INPUT: Paths = Paths {
    side: "captureData.endpointInput",
    data: "captureData.endpointInput.data",
    encoding: "captureData.endpointInput.encoding",
    content_type: "captureData.endpointInput.observedContentType",
};

const OUTPUT: Paths = Paths {
    side: "captureData.endpointOutput",
    data: "captureData.endpointOutput.data",
    encoding: "captureData.endpointOutput.encoding",
    content_type: "captureData.endpointOutput.observedContentType",
};

impl Decoder {
    /// Appends the rows of one capture line; how many.
    pub(super) fn capture_line(&mut self, text: &str, position: u64) -> Result<usize, Refusal> {
        let mut scanner = self.scanner(text);
        let mut line = Line::default();
        if !self.document && self.shape.read(text, &mut scanner, &mut line) {
            self.shape.matched();
        } else {
            scanner = self.scanner(text);
            line = Line::default();
            if read_line(&mut scanner, &mut line).is_err() {
                return Err(scanner.fault().into());
            }
            if self.shape.missed() {
                self.shape.learn(text, &line);
            }
        }
        let event_id = line.metadata.event_id.filter(|id| !id.is_empty());
        let inference_id = line.metadata.inference_id.filter(|id| !id.is_empty());
        if event_id.is_none() && inference_id.is_none() {
            let says = "neither eventMetadata.inferenceId nor eventMetadata.eventId is there";
            return Err(Fault::says(Reason::NoId, says).into());
        }
        let shared = Shared {
            position,
            event_id,
            inference_id,
            inference_time: line.metadata.time.and_then(|time| self.time(time)),
            input_content_type: line.input.content_type,
            output_content_type: line.output.content_type,
            attributes: line.metadata.attributes,
        };
        match self.grain {
            Grain::Capture => self.whole_capture(&line.input, &line.output, &shared),
            Grain::Record => self.cut_capture(&line.input, &line.output, &shared),
        }
    }

    /// The time of a record, if times are asked for; counts those that cannot be read.
    pub(super) fn time(&mut self, text: Text<'_>) -> Option<i64> {
        if !self.rows.asks_time() {
            return None;
        }
        let time = if text.escaped {
            parse_time(&text.cow())
        } else {
            parse_time(text.raw)
        };
        self.counts.unreadable_times += u64::from(time.is_none());
        time
    }

    /// One row with both payloads as they are.
    pub(super) fn whole_capture(
        &mut self,
        input: &Side<'_>,
        output: &Side<'_>,
        shared: &Shared<'_>,
    ) -> Result<usize, Refusal> {
        let record_count = if self.rows.asks_record_count() {
            count_records(input, output, &mut self.output)
        } else {
            1
        };
        if !self
            .rows
            .has_room(1, repeated(input, output, shared), held(input, output))
        {
            return Err(expands_too_far(1));
        }
        let own = Own {
            input: input.data,
            input_encoding: input.encoding,
            output: output.data,
            output_encoding: output.encoding,
            record_count,
            ..Own::default()
        };
        self.rows.push(shared, &own);
        Ok(1)
    }

    /// One row for each record of the output, or of the input where there is no output.
    pub(super) fn cut_capture(
        &mut self,
        input: &Side<'_>,
        output: &Side<'_>,
        shared: &Shared<'_>,
    ) -> Result<usize, Refusal> {
        let outputs = output.cut(&mut self.output).map_err(|_| {
            Fault::says(
                Reason::InvalidBase64,
                "the output says BASE64 and is not base64",
            )
        })?;
        let decides = output.is_missing();
        let wanted = decides || self.rows.asks_input() || self.rows.asks_input_encoding();
        let inputs = match input.data {
            // An input that cannot be decoded is one record, as it stands.
            Some(data) if wanted => input.cut(&mut self.input).unwrap_or(Cut::Whole(data)),
            _ => Cut::Missing,
        };
        let count = if decides { inputs.len() } else { outputs.len() }.max(1);
        if !self
            .rows
            .has_room(count, repeated(input, output, shared), held(input, output))
        {
            return Err(expands_too_far(count));
        }
        let pairs = inputs.len() == count;
        if !pairs && self.rows.asks_input() && !input.is_missing() {
            self.counts.input_whole += 1;
        }
        let input_encoding = input.encoding_of(&inputs);
        let output_encoding = output.encoding_of(&outputs);
        for record_index in 0..count {
            let (piece, encoding) = match record_index {
                _ if pairs => (inputs.get(record_index), input_encoding),
                0 => (input.data, input.encoding),
                _ => (None, None),
            };
            let own = Own {
                input: piece,
                input_encoding: encoding,
                output: outputs.get(record_index),
                output_encoding,
                record_index,
                record_count: count,
                ..Own::default()
            };
            self.rows.push(shared, &own);
        }
        Ok(count)
    }
}

/// The record count of a capture that stays one row; 1 if the payload cannot be decoded.
fn count_records(input: &Side<'_>, output: &Side<'_>, scratch: &mut SideScratch) -> usize {
    let side = if output.is_missing() { input } else { output };
    side.cut(scratch).map_or(1, |cut| cut.len().max(1))
}

/// Bytes of text that each row of a record repeats.
fn repeated(input: &Side<'_>, output: &Side<'_>, shared: &Shared<'_>) -> usize {
    let len = |text: Option<Text<'_>>| text.map_or(0, Text::len);
    // The key repeats one of the ids; an encoding that was found out has at most four letters.
    2 * (len(shared.event_id) + len(shared.inference_id))
        + len(shared.input_content_type)
        + len(shared.output_content_type)
        + shared.attributes.len()
        + len(input.encoding).max(4)
        + len(output.encoding).max(4)
}

/// Bytes of text that the rows of a record hold together.
fn held(input: &Side<'_>, output: &Side<'_>) -> usize {
    let len = |text: Option<Text<'_>>| text.map_or(0, Text::len);
    len(input.data) + len(output.data)
}

fn read_line<'a>(scanner: &mut Scanner<'a>, line: &mut Line<'a>) -> Scan<()> {
    let kind = scanner.kind()?;
    if kind != Kind::Object {
        // The whole value decides whether it is another kind of record or no JSON at all.
        scanner.skip()?;
        scanner.end()?;
        return scanner.stop(Fault::wrong_type("the record", kind, "an object"));
    }
    scanner.open()?;
    let mut first = true;
    while let Some(key) = scanner.key(&mut first)? {
        if key.is("captureData") {
            read_sides(scanner, line)?;
        } else if key.is("eventMetadata") {
            read_metadata(scanner, &mut line.metadata)?;
        } else if key.is("groundTruthData") {
            return scanner.stop(Fault::says(
                Reason::WrongRecord,
                "a ground-truth or merged record, not a capture: it has groundTruthData",
            ));
        } else {
            scanner.skip()?;
        }
    }
    scanner.end()
}

// Each of these clears what it fills: a key that is repeated counts by its last value.

fn read_sides<'a>(scanner: &mut Scanner<'a>, line: &mut Line<'a>) -> Scan<()> {
    (line.input, line.output) = (Side::default(), Side::default());
    if open_object(scanner, "captureData")? {
        let mut first = true;
        while let Some(key) = scanner.key(&mut first)? {
            if key.is("endpointInput") {
                read_side(scanner, &INPUT, &mut line.input)?;
            } else if key.is("endpointOutput") {
                read_side(scanner, &OUTPUT, &mut line.output)?;
            } else {
                scanner.skip()?;
            }
        }
    }
    Ok(())
}

fn read_side<'a>(scanner: &mut Scanner<'a>, paths: &Paths, side: &mut Side<'a>) -> Scan<()> {
    *side = Side::default();
    if open_object(scanner, paths.side)? {
        let mut first = true;
        while let Some(key) = scanner.key(&mut first)? {
            if key.is("data") {
                side.data = text_or_number(scanner, paths.data)?;
            } else if key.is("encoding") {
                side.encoding = text_or_number(scanner, paths.encoding)?;
            } else if key.is("observedContentType") {
                side.content_type = text_or_number(scanner, paths.content_type)?;
            } else {
                scanner.skip()?;
            }
        }
    }
    Ok(())
}

fn read_metadata<'a>(scanner: &mut Scanner<'a>, metadata: &mut Metadata<'a>) -> Scan<()> {
    *metadata = Metadata::default();
    if open_object(scanner, "eventMetadata")? {
        let mut first = true;
        while let Some(key) = scanner.key(&mut first)? {
            if key.is("eventId") {
                metadata.event_id = text_or_number(scanner, "eventMetadata.eventId")?;
            } else if key.is("inferenceId") {
                metadata.inference_id = text_or_number(scanner, "eventMetadata.inferenceId")?;
            } else if key.is("inferenceTime") {
                metadata.time = text_or_number(scanner, "eventMetadata.inferenceTime")?;
            } else if key.is("customAttributes") {
                metadata.attributes = read_attributes(scanner)?;
            } else {
                scanner.skip()?;
            }
        }
    }
    Ok(())
}

fn read_attributes<'a>(scanner: &mut Scanner<'a>) -> Scan<Attributes<'a>> {
    const PATH: &str = "eventMetadata.customAttributes";
    match scanner.kind()? {
        Kind::Null => {
            scanner.skip()?;
            Ok(Attributes::Missing)
        }
        Kind::String => Ok(Attributes::One(scanner.string()?)),
        Kind::Array => {
            let from = scanner.offset();
            scanner.open()?;
            let mut first = true;
            while scanner.element(&mut first)? {
                let kind = scanner.skip()?;
                if kind != Kind::String {
                    let path = "an element of eventMetadata.customAttributes";
                    return scanner.stop(Fault::wrong_type(path, kind, "a string"));
                }
            }
            Ok(Attributes::List(scanner.source(from, scanner.offset())))
        }
        kind => scanner.stop(Fault::wrong_type(PATH, kind, "a list of strings")),
    }
}

/// Enters the object that comes next; false, and past it, if null stands there.
pub(super) fn open_object(scanner: &mut Scanner<'_>, path: &'static str) -> Scan<bool> {
    match scanner.kind()? {
        Kind::Object => scanner.open().map(|()| true),
        Kind::Null => scanner.skip().map(|_| false),
        kind => scanner.stop(Fault::wrong_type(path, kind, "an object")),
    }
}

/// The string, or the text of the number, that comes next; null is nothing.
pub(super) fn text_or_number<'a>(
    scanner: &mut Scanner<'a>,
    path: &'static str,
) -> Scan<Option<Text<'a>>> {
    match scanner.kind()? {
        Kind::String => scanner.string().map(Some),
        Kind::Number => scanner.number().map(|number| Some(Text::plain(number))),
        Kind::Null => scanner.skip().map(|_| None),
        kind => scanner.stop(Fault::wrong_type(path, kind, "a string")),
    }
}

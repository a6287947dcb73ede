//! Inputs and outputs of an event as payload text, and where each record's own piece lies in it.

use std::ops::Range;

use crate::event::{Event, ONE, Outcome};
use crate::random::Stream;
use crate::text::{push_base64, push_number, push_padded};

/// The text of one side of an event. Reused from event to event.
#[derive(Debug, Default)]
pub(crate) struct Payload {
    /// The payload before it is wrapped in base64.
    text: Vec<u8>,
    /// Each record's own piece of `text`.
    pieces: Vec<Range<usize>>,
    /// `text` in base64, when the capture had to encode it.
    wrapped: Option<Vec<u8>>,
    encoding: Encoding,
}

/// What a capture says about a payload (formats.md 1.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Encoding {
    #[default]
    Csv,
    Json,
    Base64,
}

impl Encoding {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::Base64 => "BASE64",
        }
    }
}

impl Payload {
    /// The payload as it stands in the file, before JSON escapes.
    pub(crate) fn data(&self) -> &[u8] {
        self.wrapped.as_deref().unwrap_or(&self.text)
    }

    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The piece of record `index`: a CSV row without its line end, or a JSON element. A wrapped payload of
    /// one record stays as it stands in the file.
    pub(crate) fn piece(&self, index: u32) -> &[u8] {
        match (&self.wrapped, self.pieces.get(index as usize)) {
            (Some(wrapped), _) if self.pieces.len() == 1 => wrapped,
            (_, Some(range)) => &self.text[range.clone()],
            (_, None) => &[],
        }
    }

    fn clear(&mut self, encoding: Encoding) {
        self.text.clear();
        self.pieces.clear();
        self.wrapped = None;
        self.encoding = encoding;
    }

    /// Appends one piece.
    fn piece_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let from = self.text.len();
        write(&mut self.text);
        self.pieces.push(from..self.text.len());
    }

    /// Feature rows, one a record. `quoted` adds a last column of quoted text that is not ASCII.
    pub(crate) fn csv_input(
        &mut self,
        stream: &mut Stream,
        records: u32,
        columns: u32,
        quoted: bool,
    ) {
        self.clear(Encoding::Csv);
        for record in 0..records {
            if record > 0 {
                self.text.push(b'\n');
            }
            self.piece_with(|text| {
                push_features(text, stream, columns);
                if quoted {
                    text.extend_from_slice(",\"São Paulo, \"\"centro\"\"\"".as_bytes());
                }
            });
        }
    }

    /// `{"instances":[{"features":[…]},…]}`.
    pub(crate) fn json_input(&mut self, stream: &mut Stream, records: u32, columns: u32) {
        self.clear(Encoding::Json);
        self.text.extend_from_slice(b"{\"instances\":[");
        for record in 0..records {
            if record > 0 {
                self.text.push(b',');
            }
            self.piece_with(|text| push_features_object(text, stream, columns));
        }
        self.text.extend_from_slice(b"]}");
    }

    /// Probability rows, one a record.
    pub(crate) fn csv_output(&mut self, probabilities: &[Probability]) {
        self.clear(Encoding::Csv);
        for (record, probability) in probabilities.iter().enumerate() {
            if record > 0 {
                self.text.push(b'\n');
            }
            self.piece_with(|text| probability.push(text));
        }
    }

    /// `{"predictions":[{"score":…,"predicted_label":…},…]}`, or the elements alone, one a line.
    pub(crate) fn json_output(&mut self, probabilities: &[Probability], lines: bool) {
        self.clear(Encoding::Json);
        let (open, between, close): (&[u8], u8, &[u8]) = if lines {
            (b"", b'\n', b"\n")
        } else {
            (b"{\"predictions\":[", b',', b"]}")
        };
        self.text.extend_from_slice(open);
        for (record, probability) in probabilities.iter().enumerate() {
            if record > 0 {
                self.text.push(between);
            }
            self.piece_with(|text| probability.push_object(text));
        }
        self.text.extend_from_slice(close);
    }

    /// Ends the text with a newline, as the SDK's CSV serializer does for inputs (formats.md 1.4).
    pub(crate) fn end_with_newline(&mut self) {
        self.text.push(b'\n');
    }

    /// What data capture does with a content type that it was not told about.
    pub(crate) fn wrap(&mut self) {
        let mut wrapped = Vec::new();
        push_base64(&mut wrapped, &self.text);
        self.wrapped = Some(wrapped);
        self.encoding = Encoding::Base64;
    }
}

/// Appends `columns` features separated by commas: whole numbers, prices, digits, shares and amounts in turn.
pub(crate) fn push_features(text: &mut Vec<u8>, stream: &mut Stream, columns: u32) {
    for column in 0..columns {
        if column > 0 {
            text.push(b',');
        }
        let bits = stream.next();
        let draw = |bound: u64| ((u128::from(bits) * u128::from(bound)) >> 64) as u64;
        match column % 5 {
            0 => push_number(text, draw(1_000)),
            1 => {
                let cents = draw(100_000);
                push_number(text, cents / 100);
                text.push(b'.');
                push_padded(text, cents % 100, 2);
            }
            2 => push_number(text, draw(10)),
            3 => {
                text.extend_from_slice(b"0.");
                push_padded(text, draw(10_000), 4);
            }
            _ => push_number(text, draw(100_000)),
        }
    }
}

/// Appends `{"features":[…]}`.
pub(crate) fn push_features_object(text: &mut Vec<u8>, stream: &mut Stream, columns: u32) {
    text.extend_from_slice(b"{\"features\":[");
    push_features(text, stream, columns);
    text.extend_from_slice(b"]}");
}

/// A model's score for one record, exact in decimal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Probability {
    /// In units of 10^-16, at most 10^16.
    units: u64,
    /// Written with an exponent, as numpy writes small numbers.
    tiny: bool,
}

impl Probability {
    /// What one endpoint makes of a record: its propensity and some noise. Now and then the threshold itself,
    /// certainty, or a number so small that it is written with an exponent.
    pub(crate) fn new(stream: &mut Stream, outcome: Outcome) -> Self {
        const NOISE: u64 = ONE / 10;
        let noisy = (outcome.propensity + stream.below(2 * NOISE)).saturating_sub(NOISE);
        let units = noisy.min(ONE - 1);
        match stream.below(1_000) {
            0 | 1 => Self::plain(ONE / 2),
            2 => Self::plain(ONE),
            3 => Self::plain(0),
            4 => Self {
                units: 1 + stream.below(99),
                tiny: true,
            },
            _ => Self::plain(units),
        }
    }

    fn plain(units: u64) -> Self {
        Self { units, tiny: false }
    }

    /// Whether it reaches the threshold 0.5.
    pub(crate) fn is_positive(self) -> bool {
        self.units >= ONE / 2 && !self.tiny
    }

    /// Appends it in JSON number grammar, such as `0.5217539072036743`, `0.5`, `1`, `7.3e-05`.
    pub(crate) fn push(self, text: &mut Vec<u8>) {
        if self.tiny {
            push_number(text, self.units / 10 % 9 + 1);
            text.push(b'.');
            push_number(text, self.units % 9 + 1);
            text.extend_from_slice(b"e-05");
            return;
        }
        push_number(text, self.units / ONE);
        let fraction = self.units % ONE;
        if fraction > 0 {
            text.push(b'.');
            push_padded(text, fraction, 16);
            while text.last() == Some(&b'0') {
                text.pop();
            }
        }
    }

    /// Appends `{"score":…,"predicted_label":…}`.
    pub(crate) fn push_object(self, text: &mut Vec<u8>) {
        text.extend_from_slice(b"{\"score\":");
        self.push(text);
        text.extend_from_slice(b",\"predicted_label\":");
        text.push(if self.is_positive() { b'1' } else { b'0' });
        text.push(b'}');
    }
}

/// The scores of all records of an event.
pub(crate) fn probabilities(
    seed: u64,
    stream: &mut Stream,
    event: &Event,
    into: &mut Vec<Probability>,
) {
    into.clear();
    for record in 0..event.records {
        let outcome = Outcome::new(seed, event.number, record);
        into.push(Probability::new(stream, outcome));
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn text(probability: Probability) -> String {
        let mut text = Vec::new();
        probability.push(&mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn the_class_is_what_a_reader_of_the_text_finds() {
        for units in [
            0,
            1,
            ONE / 2 - 1,
            ONE / 2,
            ONE / 2 + 1,
            ONE - 1,
            ONE,
            5_217_539_072_036_743,
        ] {
            let probability = Probability::plain(units);
            let read: f64 = text(probability).parse().unwrap();
            assert_eq!(read >= 0.5, probability.is_positive(), "{units}");
        }
        assert_eq!(
            text(Probability::plain(5_217_539_072_036_743)),
            "0.5217539072036743"
        );
        assert_eq!(text(Probability::plain(ONE / 2)), "0.5");
        assert_eq!(text(Probability::plain(ONE)), "1");
        let tiny = Probability {
            units: 99,
            tiny: true,
        };
        assert!(text(tiny).parse::<f64>().unwrap() < 0.001);
    }
}

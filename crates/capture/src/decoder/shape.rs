//! What consecutive lines share.
//!
//! The capture lines of one endpoint differ in five strings: the two payloads, the two ids and the time; labels in
//! their data and their id. The text between them is learned from a line that was scanned, and a line that repeats it
//! byte for byte needs only its strings scanned. Such a line is valid JSON of the same structure, since only the
//! insides of strings differ and those are checked, so what is found is what scanning would have found. Any other line
//! is scanned.

use crate::json::{Scanner, Text};

/// The text between the strings of a line, and what is to be read where.
#[derive(Debug, Default)]
pub(super) struct Shape {
    literals: String,
    parts: Vec<Part>,
    constants: Vec<Constant>,
    /// Lines in a row that had another shape.
    misses: usize,
}

/// One stretch of `literals`, and the string that follows it.
#[derive(Clone, Copy, Debug)]
struct Part {
    end: usize,
    hole: Option<Slot>,
}

/// A value inside a literal.
#[derive(Clone, Copy, Debug)]
struct Constant {
    part: usize,
    /// From the start of the literal.
    offset: usize,
    len: usize,
    escaped: bool,
    slot: Slot,
}

/// A field of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    InputData,
    OutputData,
    Label,
    EventId,
    InferenceId,
    Time,
    InputEncoding,
    OutputEncoding,
    InputContentType,
    OutputContentType,
    LabelEncoding,
    OneAttribute,
    ListOfAttributes,
}

/// Most fields of a line.
pub(super) const MOST_FIELDS: usize = 10;

/// The fields of a line as they stand in it.
pub(super) trait Fields<'a> {
    /// Those that are there or may be, each with what it holds.
    fn fields(&self) -> [(Slot, Option<Text<'a>>); MOST_FIELDS];

    fn set(&mut self, slot: Slot, text: Text<'a>);
}

/// A field's place in a line: first byte and the byte after the last.
#[derive(Clone, Copy, Debug)]
struct Found {
    from: usize,
    to: usize,
    escaped: bool,
    slot: Slot,
    hole: bool,
}

/// Literals beyond this are not worth their copy.
const MOST_LITERALS: usize = 8 << 10;

/// After this many misses in a row only every so many lines are learned from: their shapes seem to vary.
const PATIENCE: usize = 8;
const RETRY: usize = 64;

impl Shape {
    /// Reads a line that has this shape; false if it has another, `line` being left as it happens.
    #[inline]
    pub(super) fn read<'a>(
        &self,
        text: &'a str,
        scanner: &mut Scanner<'a>,
        line: &mut impl Fields<'a>,
    ) -> bool {
        let bytes = text.as_bytes();
        let literals = self.literals.as_bytes();
        let mut constants = self.constants.iter().peekable();
        let mut literal_from = 0;
        let mut at = 0;
        for (index, part) in self.parts.iter().enumerate() {
            let literal = literals.get(literal_from..part.end).unwrap_or_default();
            if !bytes
                .get(at..)
                .is_some_and(|rest| rest.starts_with(literal))
            {
                return false;
            }
            while let Some(constant) = constants.next_if(|constant| constant.part == index) {
                let from = at + constant.offset;
                let raw = text.get(from..from + constant.len).unwrap_or_default();
                let escaped = constant.escaped;
                line.set(constant.slot, Text { raw, escaped });
            }
            at += literal.len();
            literal_from = part.end;
            let Some(slot) = part.hole else {
                return at == bytes.len();
            };
            // The literal ended with the opening quote, the next one starts with the closing quote.
            let Ok(string) = scanner.string_at(at.saturating_sub(1)) else {
                return false;
            };
            line.set(slot, string);
            at = scanner.offset().saturating_sub(1);
        }
        false
    }

    /// Whether a line that missed should be learned from.
    pub(super) fn missed(&mut self) -> bool {
        self.misses = self.misses.saturating_add(1);
        self.misses <= PATIENCE || self.misses.is_multiple_of(RETRY)
    }

    pub(super) fn matched(&mut self) {
        self.misses = 0;
    }

    /// Takes on the shape of a line that was scanned.
    pub(super) fn learn<'a>(&mut self, text: &'a str, line: &impl Fields<'a>) {
        self.parts.clear();
        self.constants.clear();
        self.literals.clear();
        let mut places = [None; MOST_FIELDS];
        for (place, (slot, field)) in places.iter_mut().zip(line.fields()) {
            let Some(field) = field else { continue };
            match find(text, slot, field) {
                Some(found) => *place = Some(found),
                None => return,
            }
        }
        places.sort_unstable_by_key(|place| place.map_or(usize::MAX, |found| found.from));
        let mut from = 0;
        for found in places.iter().flatten() {
            if found.from < from {
                return self.forget();
            }
            if !found.hole {
                self.constants.push(Constant {
                    part: self.parts.len(),
                    offset: found.from - from,
                    len: found.to - found.from,
                    escaped: found.escaped,
                    slot: found.slot,
                });
                continue;
            }
            self.literals
                .push_str(text.get(from..found.from).unwrap_or_default());
            self.parts.push(Part {
                end: self.literals.len(),
                hole: Some(found.slot),
            });
            from = found.to;
            if self.literals.len() > MOST_LITERALS {
                return self.forget();
            }
        }
        let last = text.get(from..).unwrap_or_default();
        if last.len() > MOST_LITERALS {
            return self.forget();
        }
        self.literals.push_str(last);
        self.parts.push(Part {
            end: self.literals.len(),
            hole: None,
        });
    }

    fn forget(&mut self) {
        self.parts.clear();
        self.constants.clear();
    }
}

/// Where a field lies in the text that it was read from.
fn find(text: &str, slot: Slot, field: Text<'_>) -> Option<Found> {
    let from = field
        .raw
        .as_ptr()
        .addr()
        .checked_sub(text.as_ptr().addr())?;
    let to = from.checked_add(field.len())?;
    if text.get(from..to)? != field.raw {
        return None;
    }
    let varies = matches!(
        slot,
        Slot::InputData
            | Slot::OutputData
            | Slot::Label
            | Slot::EventId
            | Slot::InferenceId
            | Slot::Time
    );
    let bytes = text.as_bytes();
    let quoted = bytes.get(..from)?.last() == Some(&b'"') && bytes.get(to) == Some(&b'"');
    Some(Found {
        from,
        to,
        escaped: field.escaped,
        slot,
        hole: varies && quoted,
    })
}

//! One side of a record, request or response, and its cut into records.

use crate::json::Text;
use crate::payload::{Encoding, InvalidBase64, Pieces, Splitter};

/// A payload as the record holds it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Side<'a> {
    pub(super) data: Option<Text<'a>>,
    pub(super) encoding: Option<Text<'a>>,
    pub(super) content_type: Option<Text<'a>>,
}

/// Buffers to cut a side with.
#[derive(Debug, Default)]
pub(super) struct SideScratch {
    text: String,
    splitter: Splitter,
}

/// The records of a side.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cut<'a> {
    /// No payload.
    Missing,
    /// One record that is the payload as it stands.
    Whole(Text<'a>),
    Pieces(Pieces<'a>),
}

impl<'a> Side<'a> {
    pub(super) fn is_missing(&self) -> bool {
        self.data.is_none()
    }

    fn parsed_encoding(&self) -> Encoding {
        match self.encoding {
            Some(word) if word.escaped => Encoding::parse(Some(&word.cow())),
            Some(word) => Encoding::parse(Some(word.raw)),
            None => Encoding::Unknown,
        }
    }

    /// Cuts the payload into its records.
    pub(super) fn cut<'b>(&self, scratch: &'b mut SideScratch) -> Result<Cut<'b>, InvalidBase64>
    where
        'a: 'b,
    {
        let Some(data) = self.data else {
            return Ok(Cut::Missing);
        };
        let encoding = self.parsed_encoding();
        if encoding == Encoding::Csv && !data.escaped {
            // Without an escape there is no line feed, so this is one row, copied straight.
            let row = data.raw.strip_suffix('\r').unwrap_or(data.raw);
            return Ok(Cut::Whole(Text::plain(row)));
        }
        let text = data.decoded(&mut scratch.text);
        scratch.splitter.split(text, encoding).map(Cut::Pieces)
    }

    /// The word for the encoding column of a piece: the record's own unless the payload was decoded to be cut.
    pub(super) fn encoding_of(&self, cut: &Cut<'_>) -> Option<Text<'a>> {
        match cut {
            Cut::Pieces(pieces) if pieces.encoding() != self.parsed_encoding() => {
                Some(Text::plain(pieces.encoding().as_str()))
            }
            _ => self.encoding,
        }
    }
}

impl<'a> Cut<'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            Cut::Missing => 0,
            Cut::Whole(_) => 1,
            Cut::Pieces(pieces) => pieces.len(),
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<Text<'a>> {
        match self {
            Cut::Whole(text) if index == 0 => Some(*text),
            Cut::Pieces(pieces) => pieces.get(index).map(Text::plain),
            _ => None,
        }
    }
}

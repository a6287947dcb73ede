//! What a payload's text is (formats.md 1.3).

use super::{csv, json};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// The encoding field of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Rows of comma-separated fields.
    Csv,
    /// One JSON document, or one a line.
    Json,
    /// Bytes in base64; what they hold is found out by looking.
    Base64,
    /// Missing or another word; found out by looking.
    Unknown,
}

/// A payload that says BASE64 and is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the payload is not base64")]
pub struct InvalidBase64;

impl Encoding {
    /// The encoding that a word names, in any case.
    pub fn parse(word: Option<&str>) -> Encoding {
        let word = word.unwrap_or_default().trim_ascii();
        if word.eq_ignore_ascii_case("CSV") {
            Encoding::Csv
        } else if word.eq_ignore_ascii_case("JSON") {
            Encoding::Json
        } else if word.eq_ignore_ascii_case("BASE64") {
            Encoding::Base64
        } else {
            Encoding::Unknown
        }
    }

    /// The word as SageMaker writes it; empty for [`Encoding::Unknown`].
    pub fn as_str(self) -> &'static str {
        match self {
            Encoding::Csv => "CSV",
            Encoding::Json => "JSON",
            Encoding::Base64 => "BASE64",
            Encoding::Unknown => "",
        }
    }
}

/// Standard alphabet, padding optional: captures are written by many hands.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Decodes into `bytes`, which is cleared. Blanks and line breaks are passed over.
pub(crate) fn decode_base64(text: &str, bytes: &mut Vec<u8>) -> Result<(), InvalidBase64> {
    bytes.clear();
    let decoded = if text.bytes().any(|b| b.is_ascii_whitespace()) {
        let dense: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
        BASE64.decode_vec(dense, bytes)
    } else {
        BASE64.decode_vec(text, bytes)
    };
    decoded.map_err(|_| InvalidBase64)
}

/// How the fields of a text of unknown encoding are read: JSON if it is JSON; CSV if it is one line, or if it looks
/// like rows; else unknown, which has no fields.
pub(crate) fn read_encoding(text: &str) -> Encoding {
    if json::is_json(text) {
        Encoding::Json
    } else if csv::rows(text).nth(1).is_none() || csv::looks_like_rows(text) {
        Encoding::Csv
    } else {
        Encoding::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(text: &str) -> Result<String, InvalidBase64> {
        let mut bytes = Vec::new();
        decode_base64(text, &mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    #[test]
    fn encodings_are_named_in_any_case() {
        assert_eq!(Encoding::parse(Some("csv")), Encoding::Csv);
        assert_eq!(Encoding::parse(Some("Json")), Encoding::Json);
        assert_eq!(Encoding::parse(Some("BASE64")), Encoding::Base64);
        assert_eq!(Encoding::parse(Some("xml")), Encoding::Unknown);
        assert_eq!(Encoding::parse(None), Encoding::Unknown);
    }

    #[test]
    fn base64_needs_no_padding_and_passes_over_blanks() {
        assert_eq!(decode("MC45MQ==").as_deref(), Ok("0.91"));
        assert_eq!(decode("MC45MQ").as_deref(), Ok("0.91"));
        assert_eq!(decode(" MC4\r\n5MQ==\n").as_deref(), Ok("0.91"));
        assert_eq!(decode("").as_deref(), Ok(""));
        assert_eq!(decode("0.91"), Err(InvalidBase64));
        assert_eq!(decode("MC4_"), Err(InvalidBase64));
    }

    #[test]
    fn text_of_unknown_encoding_is_read_by_what_it_looks_like() {
        assert_eq!(read_encoding("{\"a\":1}"), Encoding::Json);
        assert_eq!(read_encoding("0.5"), Encoding::Json);
        assert_eq!(read_encoding("setosa"), Encoding::Csv);
        assert_eq!(read_encoding("0.5,a\n0.6,b\n"), Encoding::Csv);
        assert_eq!(
            read_encoding("Dear customer,\nthank you.\n"),
            Encoding::Unknown
        );
    }
}

//! Cutting a payload into its records.

use super::csv;
use super::encoding::{Encoding, InvalidBase64, decode_base64};
use super::json::{self, Span};

/// Splits payloads, with buffers that are used again.
#[derive(Debug, Default)]
pub struct Splitter {
    decoded: Vec<u8>,
    spans: Vec<Span>,
}

/// The records of one payload, at least one.
#[derive(Clone, Copy, Debug)]
pub struct Pieces<'a> {
    text: &'a str,
    spans: &'a [Span],
    encoding: Encoding,
}

impl Splitter {
    /// With empty buffers.
    pub fn new() -> Splitter {
        Splitter::default()
    }

    /// How many records a payload holds, at least one.
    ///
    /// # Errors
    /// The encoding is BASE64 and the payload is not.
    pub fn count(&mut self, payload: &str, encoding: Encoding) -> Result<usize, InvalidBase64> {
        self.split(payload, encoding).map(|pieces| pieces.len())
    }

    /// The records of a payload.
    ///
    /// A payload that is decoded (BASE64) or found out (unknown) gives pieces of the decoded text with the encoding
    /// found if there are several, or if the one record lies in a list; else the record is the source text with its
    /// own encoding.
    ///
    /// # Errors
    /// The encoding is BASE64 and the payload is not.
    pub fn split<'a>(
        &'a mut self,
        payload: &'a str,
        encoding: Encoding,
    ) -> Result<Pieces<'a>, InvalidBase64> {
        let Splitter { decoded, spans } = self;
        spans.clear();
        let mut text = payload;
        let mut found = encoding;
        match encoding {
            Encoding::Csv => spans.extend(csv_spans(payload)),
            Encoding::Json => {
                json::record_spans(payload, spans);
            }
            Encoding::Unknown => {
                if let Some(sniffed) = sniffed_spans(payload, spans) {
                    found = sniffed;
                }
            }
            Encoding::Base64 => {
                decode_base64(payload, decoded)?;
                if let Ok(inside) = simdutf8::basic::from_utf8(decoded)
                    && let Some(sniffed) = sniffed_spans(inside, spans)
                {
                    text = inside;
                    found = sniffed;
                }
            }
        }
        if spans.is_empty() {
            spans.push((0, payload.len()));
        }
        Ok(Pieces {
            text,
            spans,
            encoding: found,
        })
    }
}

impl<'a> Pieces<'a> {
    /// What each piece is.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// How many; never 0.
    #[expect(clippy::len_without_is_empty, reason = "there is always one piece")]
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// The piece of record `index`.
    pub fn get(&self, index: usize) -> Option<&'a str> {
        let &(from, to) = self.spans.get(index)?;
        self.text.get(from..to)
    }

    /// The pieces in order.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let text = self.text;
        self.spans
            .iter()
            .map(move |&(from, to)| text.get(from..to).unwrap_or_default())
    }
}

fn csv_spans(text: &str) -> impl Iterator<Item = Span> {
    csv::rows(text).map(|(from, row)| (from, from + row.len()))
}

/// The spans and encoding of text whose encoding is not said, if its records are only parts of it; else no spans.
fn sniffed_spans(text: &str, spans: &mut Vec<Span>) -> Option<Encoding> {
    let encoding = if json::record_spans(text, spans) {
        Encoding::Json
    } else if csv::looks_like_rows(text) {
        spans.extend(csv_spans(text));
        Encoding::Csv
    } else {
        return None;
    };
    let (from, to) = spans.first().copied().unwrap_or_default();
    if spans.len() > 1 || (encoding == Encoding::Json && text.get(from..to) != Some(text.trim())) {
        return Some(encoding);
    }
    spans.clear();
    None
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;
    use Encoding::{Base64, Csv, Json, Unknown};

    #[track_caller]
    fn check(payload: &str, encoding: Encoding, found: Encoding, pieces: &[&str]) {
        let mut splitter = Splitter::new();
        let split = splitter.split(payload, encoding).unwrap();
        assert_eq!(split.iter().collect::<Vec<_>>(), pieces);
        assert_eq!(split.encoding(), found);
        assert_eq!(split.len(), pieces.len());
    }

    #[test]
    fn csv_rows_are_records_and_blank_rows_are_not() {
        check("1,2\n3,4\r\n\n5,6", Csv, Csv, &["1,2", "3,4", "5,6"]);
        check("\"a\nb\",1\n2,3\n", Csv, Csv, &["\"a\nb\",1", "2,3"]);
        check("0.91\n", Csv, Csv, &["0.91"]);
    }

    #[test]
    fn an_empty_payload_is_one_empty_record() {
        for encoding in [Csv, Json, Base64, Unknown] {
            check("", encoding, encoding, &[""]);
        }
    }

    #[test]
    fn json_lines_are_records_without_blanks_around_them() {
        check(
            "{\"a\":1}\r\n\n {\"a\":2} \n",
            Json,
            Json,
            &["{\"a\":1}", "{\"a\":2}"],
        );
        check("1\n2\n3", Json, Json, &["1", "2", "3"]);
    }

    #[test]
    fn a_list_of_objects_is_split_when_it_is_the_document_or_its_only_member() {
        check(
            "[{\"a\":1}, {\"a\":2}]",
            Json,
            Json,
            &["{\"a\":1}", "{\"a\":2}"],
        );
        check(
            " {\"p\": [{\"a\":1},\n{\"a\":2}]}",
            Json,
            Json,
            &["{\"a\":1}", "{\"a\":2}"],
        );
        check(
            "{\"SageMakerInferenceId\":\"x\",\"p\":[{\"a\":1},{}],\"SageMakerInferenceTime\":\"t\"}",
            Json,
            Json,
            &["{\"a\":1}", "{}"],
        );
    }

    #[test]
    fn anything_else_is_one_record() {
        for one in [
            "[1,2,3]",
            "[]",
            "[{\"a\":1},2]",
            "{\"p\":[]}",
            "{\"p\":[{\"a\":1}],\"q\":2}",
            "{\"q\":2,\"p\":[{\"a\":1},{}]}",
            "{\"p\":[{}],\"q\":[{},{}]}",
            "{}",
            "not json\nat all",
        ] {
            check(one, Json, Json, &[one]);
        }
        check("  [1,2]\n", Json, Json, &["[1,2]"]);
        check("not json \n", Json, Json, &["not json \n"]);
    }

    #[test]
    fn base64_is_decoded_when_it_holds_several_records() {
        // {"p":[{"a":1},{"a":2}]}
        check(
            "eyJwIjpbeyJhIjoxfSx7ImEiOjJ9XX0=",
            Base64,
            Json,
            &["{\"a\":1}", "{\"a\":2}"],
        );
        // 0.5,a\n0.6,b
        check("MC41LGEKMC42LGI=", Base64, Csv, &["0.5,a", "0.6,b"]);
        // {"a":1}
        check("eyJhIjoxfQ==", Base64, Base64, &["eyJhIjoxfQ=="]);
        // bytes FF FE
        check("//4=", Base64, Base64, &["//4="]);
        assert_eq!(Splitter::new().count("?", Base64), Err(InvalidBase64));
    }

    #[test]
    fn prose_of_unknown_encoding_is_one_record() {
        check("Dear you,\nbye\n", Unknown, Unknown, &["Dear you,\nbye\n"]);
        check("0.5,a\n0.6,b", Unknown, Csv, &["0.5,a", "0.6,b"]);
    }
}

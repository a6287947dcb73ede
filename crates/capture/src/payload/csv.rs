//! CSV rows and fields by csv-core's rules: a quote opens a field only at its start, doubled quotes stand for one,
//! text after a closing quote is taken as it is. Rows end at a line feed outside quotes.

use crate::json::is_number;
use std::borrow::Cow;

/// What a reader stands in between two bytes of CSV.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Quoting {
    /// Before a field.
    #[default]
    FieldStart,
    /// Inside a field, quotes meaning nothing.
    Plain,
    /// Inside quotes.
    Quoted,
    /// After a quote inside quotes: the end of them, or half of a doubled one.
    MaybeClosed,
}

impl Quoting {
    /// Walks to the end of the next row: the byte after its line feed. `None` if `bytes` end before.
    pub(crate) fn row_end(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match *self {
                Quoting::Quoted => {
                    at += memchr::memchr(b'"', bytes.get(at..)?).unwrap_or(bytes.len() - at) + 1;
                    if at <= bytes.len() {
                        *self = Quoting::MaybeClosed;
                    }
                }
                Quoting::MaybeClosed if byte == b'"' => {
                    *self = Quoting::Quoted;
                    at += 1;
                }
                Quoting::FieldStart if byte == b'"' => {
                    *self = Quoting::Quoted;
                    at += 1;
                }
                _ => {
                    let rest = bytes.get(at..)?;
                    let Some(found) = memchr::memchr2(b'"', b'\n', rest) else {
                        let last = bytes.last();
                        *self = if last == Some(&b',') {
                            Quoting::FieldStart
                        } else {
                            Quoting::Plain
                        };
                        return None;
                    };
                    at += found + 1;
                    if rest.get(found) == Some(&b'\n') {
                        *self = Quoting::FieldStart;
                        return Some(at);
                    }
                    let opens = found > 0 && rest.get(found - 1) == Some(&b',');
                    *self = if opens {
                        Quoting::Quoted
                    } else {
                        Quoting::Plain
                    };
                }
            }
        }
        None
    }
}

/// The rows of a text that are not blank, each without its line end.
pub(crate) fn rows(text: &str) -> Rows<'_> {
    Rows { text, at: 0 }
}

#[derive(Debug)]
pub(crate) struct Rows<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Rows<'a> {
    /// Byte offset in the text, and the row.
    type Item = (usize, &'a str);

    fn next(&mut self) -> Option<(usize, &'a str)> {
        while self.at < self.text.len() {
            let start = self.at;
            let rest = self.text.get(start..)?;
            let end = Quoting::default()
                .row_end(rest.as_bytes())
                .unwrap_or(rest.len());
            self.at += end;
            let row = without_line_end(rest.get(..end)?);
            if !row.trim_ascii().is_empty() {
                return Some((start, row));
            }
        }
        None
    }
}

/// A row or line without its line feed and one carriage return.
pub(crate) fn without_line_end(row: &str) -> &str {
    let row = row.strip_suffix('\n').unwrap_or(row);
    row.strip_suffix('\r').unwrap_or(row)
}

/// The fields of one row, still with their quotes.
pub(crate) fn raw_fields(row: &str) -> RawFields<'_> {
    RawFields { rest: Some(row) }
}

#[derive(Debug)]
pub(crate) struct RawFields<'a> {
    rest: Option<&'a str>,
}

impl<'a> Iterator for RawFields<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        let bytes = rest.as_bytes();
        let from = if bytes.first() == Some(&b'"') {
            closing_quote(bytes).map_or(bytes.len(), |close| close + 1)
        } else {
            0
        };
        let comma = bytes
            .get(from..)
            .and_then(|bytes| memchr::memchr(b',', bytes))
            .map(|at| from + at);
        match comma {
            Some(comma) => {
                self.rest = rest.get(comma + 1..);
                rest.get(..comma)
            }
            None => {
                self.rest = None;
                Some(rest)
            }
        }
    }
}

/// The value of a raw field: quotes removed, blanks around it trimmed.
pub(crate) fn field_value(raw: &str) -> Cow<'_, str> {
    let Some(inner) = raw.strip_prefix('"') else {
        return Cow::Borrowed(raw.trim());
    };
    let close = closing_quote(raw.as_bytes()).map_or(inner.len(), |close| close - 1);
    let (quoted, after) = inner.split_at_checked(close).unwrap_or((inner, ""));
    let after = after.strip_prefix('"').unwrap_or(after);
    if after.trim().is_empty() && !quoted.contains('"') {
        return Cow::Borrowed(quoted.trim());
    }
    let mut value = quoted.replace("\"\"", "\"");
    value.push_str(after);
    Cow::Owned(value.trim().to_owned())
}

/// Whether a quote of the row never closes.
pub(crate) fn is_unclosed(row: &str) -> bool {
    raw_fields(row).any(|raw| raw.starts_with('"') && closing_quote(raw.as_bytes()).is_none())
}

/// Whether text of unknown encoding is rows: two or more fields or rows of one width, each with a number.
pub(crate) fn looks_like_rows(text: &str) -> bool {
    let mut width = None;
    for (_, row) in rows(text) {
        let mut count = 0_usize;
        let mut has_number = false;
        for raw in raw_fields(row) {
            count += 1;
            has_number = has_number || is_number(&field_value(raw));
        }
        if !has_number || *width.get_or_insert(count) != count {
            return false;
        }
    }
    width.is_some()
}

/// The quote that closes a field which starts with one.
fn closing_quote(bytes: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr::memchr(b'"', bytes.get(at..)?)?;
        if bytes.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(row: &str) -> Vec<String> {
        raw_fields(row)
            .map(|raw| field_value(raw).into_owned())
            .collect()
    }

    #[test]
    fn rows_keep_line_feeds_inside_quotes_and_skip_blank_rows() {
        let texts: Vec<&str> = rows("1,2\r\n\n \n\"a\nb\",3\n4")
            .map(|(_, row)| row)
            .collect();
        assert_eq!(texts, ["1,2", "\"a\nb\",3", "4"]);
        assert_eq!(rows("\n \r\n").count(), 0);
    }

    #[test]
    fn fields_lose_their_quotes_and_blanks() {
        assert_eq!(
            values("1, 2 ,\" x \",\"a,b\",\"say \"\"hi\"\"\","),
            ["1", "2", "x", "a,b", "say \"hi\"", ""]
        );
        assert_eq!(values(""), [""]);
        assert_eq!(values("\"a\"b,5\" wide"), ["ab", "5\" wide"]);
        assert_eq!(values("\"open,1"), ["open,1"]);
        assert!(is_unclosed("1,\"open,1") && !is_unclosed("1,\"a\",5\""));
    }

    #[test]
    fn rows_of_one_width_with_a_number_each_look_like_csv() {
        assert!(looks_like_rows("0.5,a\n0.6,b\n"));
        assert!(looks_like_rows("1\n2"));
        assert!(!looks_like_rows("0.5,a\n0.6\n"));
        assert!(!looks_like_rows("a,b\nc,d\n"));
        assert!(!looks_like_rows(""));
    }

    /// csv-core as the oracle: the fields of the first row, untrimmed.
    fn oracle(row: &str) -> Vec<String> {
        let mut reader = csv_core::Reader::new();
        let mut input = row.as_bytes();
        let mut fields = Vec::new();
        let mut field = Vec::new();
        loop {
            let mut output = [0_u8; 64];
            let (result, read, written) = reader.read_field(input, &mut output);
            input = &input[read..];
            field.extend_from_slice(&output[..written]);
            match result {
                csv_core::ReadFieldResult::InputEmpty | csv_core::ReadFieldResult::OutputFull => {}
                csv_core::ReadFieldResult::Field { record_end } => {
                    fields.push(String::from_utf8_lossy(&field).trim().to_owned());
                    field.clear();
                    if record_end {
                        return fields;
                    }
                }
                csv_core::ReadFieldResult::End => return fields,
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn fields_agree_with_csv_core(row in "[ab1\", ]{1,24}") {
            proptest::prop_assert_eq!(values(&row), oracle(&row));
        }

        #[test]
        fn row_ends_agree_with_csv_core(text in "[ab\",\n]{1,24}") {
            // csv-core passes over empty lines, so the rows that are not empty are compared.
            let mut reader = csv_core::Reader::new();
            let mut expected = Vec::new();
            let mut at = 0;
            let mut start = 0;
            let mut output = [0_u8; 64];
            let mut ends = [0_usize; 64];
            loop {
                let (result, read, _, _) = reader.read_record(&text.as_bytes()[at..], &mut output, &mut ends);
                at += read;
                match result {
                    csv_core::ReadRecordResult::Record => {
                        expected.push(text[start..at].trim_start_matches('\n').trim_end_matches('\n').to_owned());
                        start = at;
                    }
                    csv_core::ReadRecordResult::End => break,
                    _ => {}
                }
            }
            let mut found = Vec::new();
            let mut from = 0;
            while from < text.len() {
                let end = Quoting::default().row_end(&text.as_bytes()[from..]).unwrap_or(text.len() - from);
                let row = text[from..from + end].trim_end_matches('\n');
                if !row.is_empty() {
                    found.push(row.to_owned());
                }
                from += end;
            }
            // Trimming line feeds at the ends of an unclosed quoted row is the same on both sides.
            proptest::prop_assert_eq!(found, expected.into_iter().filter(|r| !r.is_empty()).collect::<Vec<_>>());
        }
    }
}

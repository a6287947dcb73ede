//! Where records end, and how an object is to be read, from its bytes alone.

use crate::column::{Format, Framing};
use crate::json::{Kind, Scanner};
use crate::limits::Limits;
use crate::payload::csv::Quoting;
use crate::reject::Reason;

pub(crate) const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The end of the last whole line in `bytes`: the byte after the last line feed.
pub fn last_line_end(bytes: &[u8]) -> Option<usize> {
    memchr::memrchr(b'\n', bytes).map(|at| at + 1)
}

/// Finds CSV record boundaries in a stream: a line feed inside quotes ends no record.
///
/// Feed every byte of the object once, in order.
#[derive(Clone, Debug, Default)]
pub struct CsvBoundaries {
    quoting: Quoting,
}

impl CsvBoundaries {
    /// At the first byte of an object, or at any record boundary.
    pub fn new() -> CsvBoundaries {
        CsvBoundaries::default()
    }

    /// The end of the last whole record in `bytes`, as an offset into `bytes`; `None` if no record ends there.
    pub fn feed(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut last = None;
        let mut from = 0;
        while let Some(rest) = bytes.get(from..) {
            match self.quoting.row_end(rest) {
                Some(end) => {
                    from += end;
                    last = Some(from);
                }
                None => break,
            }
        }
        last
    }
}

/// How a JSON object (transform `.out` or label file) is framed, from its first bytes.
///
/// `whole` says that `head` is all there is. Lines if the first non-blank line is a complete JSON value, or longer
/// than the head; a document if its first value goes on over lines. A first line that is broken does not turn the
/// whole lines after it into one broken document.
pub fn sniff_framing(head: &[u8], whole: bool) -> Framing {
    let text = head_text(head);
    let Some(start) = text.find(|c: char| !c.is_ascii_whitespace()) else {
        return Framing::Lines;
    };
    let text = text.get(start..).unwrap_or_default();
    let (line, rest) = match text.split_once('\n') {
        Some((line, rest)) => (line, rest),
        None if whole => (text, ""),
        None => return Framing::Lines,
    };
    let depth = Limits::default().max_depth;
    let mut scanner = Scanner::new(line, depth);
    let complete = scanner.skip().and_then(|_| scanner.end());
    if complete.is_ok() || scanner.fault().reason != Reason::Truncated {
        return Framing::Lines;
    }
    let mut scanner = Scanner::new(text, depth);
    let broken = scanner.skip().is_err() && scanner.fault().reason != Reason::Truncated;
    if broken && rest.split('\n').any(|line| is_whole_container(line, depth)) {
        return Framing::Lines;
    }
    Framing::Document
}

/// CSV or JSON transform output, from its first non-blank byte after a BOM: `{` or `[` is JSON.
pub fn sniff_transform(head: &[u8]) -> Format {
    let head = without_bom(head);
    match head.iter().find(|b| !b.is_ascii_whitespace()) {
        Some(b'{' | b'[') => Format::TransformJson,
        _ => Format::TransformCsv,
    }
}

fn is_whole_container(line: &str, depth: usize) -> bool {
    let mut scanner = Scanner::line(line, depth);
    match scanner.skip() {
        Ok(Kind::Object | Kind::Array) => scanner.end().is_ok(),
        _ => false,
    }
}

/// Bytes without the byte order mark that some writers put before them.
pub fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BOM).unwrap_or(bytes)
}

/// The head as text: after a BOM, up to the first byte that is not UTF-8 (the head may be cut inside a character).
pub fn head_text(head: &[u8]) -> &str {
    let head = without_bom(head);
    match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => {
            let valid = head.get(..error.valid_up_to()).unwrap_or_default();
            std::str::from_utf8(valid).unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_end_is_after_the_last_line_feed() {
        assert_eq!(last_line_end(b"ab\ncd\nef"), Some(6));
        assert_eq!(last_line_end(b"ab"), None);
        assert_eq!(last_line_end(b""), None);
    }

    #[test]
    fn a_line_feed_inside_quotes_is_no_boundary() {
        let mut boundaries = CsvBoundaries::new();
        assert_eq!(boundaries.feed(b"1,\"a\nb"), None);
        assert_eq!(boundaries.feed(b"\nc\",2\n3,"), Some(6));
        assert_eq!(boundaries.feed(b"\"x\"\n"), Some(4));
    }

    #[test]
    fn boundaries_do_not_depend_on_where_the_stream_is_cut() {
        let rows = b"1,\"a\"\"\n\",x\n\"\"\n5\" wide,2\n\"a\"b\",c\n\",\"\n".as_slice();
        let mut whole = Vec::new();
        let mut quoting = Quoting::default();
        let mut from = 0;
        while let Some(end) = quoting.row_end(&rows[from..]) {
            from += end;
            whole.push(from);
        }
        assert_eq!(whole.len(), 5);
        for cut in 0..=rows.len() {
            let mut boundaries = CsvBoundaries::new();
            let first = boundaries.feed(&rows[..cut]);
            let second = boundaries.feed(&rows[cut..]);
            assert_eq!(first, whole.iter().copied().rfind(|&e| e <= cut), "{cut}");
            assert_eq!(
                second.map(|e| e + cut),
                whole.iter().copied().rfind(|&e| e > cut),
                "{cut}"
            );
        }
    }

    #[test]
    fn a_complete_first_line_means_lines() {
        assert_eq!(
            sniff_framing(b"{\"a\":1}\n{\"a\":2}\n", true),
            Framing::Lines
        );
        assert_eq!(
            sniff_framing(b"\xEF\xBB\xBF\n\n[1,2]", true),
            Framing::Lines
        );
        assert_eq!(sniff_framing(b"{\"a\":1", false), Framing::Lines);
        assert_eq!(sniff_framing(b"", true), Framing::Lines);
        assert_eq!(sniff_framing(b"nonsense\n{}", true), Framing::Lines);
    }

    #[test]
    fn a_first_value_that_goes_on_over_lines_means_a_document() {
        assert_eq!(sniff_framing(b"{\n \"a\": 1\n}\n", true), Framing::Document);
        assert_eq!(
            sniff_framing(b"[{\"a\":1},\n{\"a\":2}]", true),
            Framing::Document
        );
        assert_eq!(
            sniff_framing(b"[\n{\"a\":1},\n{\"a\":", false),
            Framing::Document
        );
        assert_eq!(sniff_framing(b"[\n{\"a\":1}\n]", true), Framing::Document);
    }

    #[test]
    fn a_truncated_first_line_does_not_swallow_the_lines_after_it() {
        assert_eq!(
            sniff_framing(b"{\"a\":\"x\n{\"a\":2}\n", true),
            Framing::Lines
        );
        assert_eq!(
            sniff_framing(b"{\"a\":1,\n{\"a\":2}\n", true),
            Framing::Lines
        );
    }

    #[test]
    fn transforms_are_json_by_their_first_byte() {
        assert_eq!(
            sniff_transform(b"\xEF\xBB\xBF \n{\"a\":1}"),
            Format::TransformJson
        );
        assert_eq!(sniff_transform(b"[1]"), Format::TransformJson);
        assert_eq!(
            sniff_transform(b"0.5,id,2026-01-02T00:00:00Z"),
            Format::TransformCsv
        );
        assert_eq!(sniff_transform(b""), Format::TransformCsv);
    }
}

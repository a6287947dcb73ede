//! The scanner: walks JSON text once, pulling what is asked and skipping the rest by the same grammar.

use super::number::{NumberEnd, number_end};
use super::text::Text;
use crate::fault::{Detail, Fault};
use crate::reject::Reason;
use std::fmt;

/// What a JSON value is, by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    String,
    Number,
    Bool,
    Null,
}

/// The scan ended; the fault is in the scanner, so that results stay small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stop;

pub(crate) type Scan<T> = Result<T, Stop>;

/// A position in JSON text.
#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    max_depth: usize,
    /// The text holds line breaks, so strings must be searched for them.
    breaks: bool,
    fault: Option<Fault>,
}

impl<'a> Scanner<'a> {
    /// A scanner of text that may span lines.
    pub(crate) fn new(text: &'a str, max_depth: usize) -> Scanner<'a> {
        let breaks = memchr::memchr(b'\n', text.as_bytes()).is_some();
        Scanner {
            breaks,
            ..Scanner::line(text, max_depth)
        }
    }

    /// A scanner of text that is known to be one line.
    pub(crate) fn line(text: &'a str, max_depth: usize) -> Scanner<'a> {
        Scanner {
            text,
            at: 0,
            depth: 0,
            max_depth,
            breaks: false,
            fault: None,
        }
    }

    /// The byte offset that comes next.
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// What stopped the scan.
    pub(crate) fn fault(&self) -> Fault {
        self.fault
            .unwrap_or(Fault::says(Reason::NotJson, "the record is not JSON"))
    }

    /// Stops with a fault of the caller's.
    #[cold]
    pub(crate) fn stop<T>(&mut self, fault: Fault) -> Scan<T> {
        self.fault = Some(fault);
        Err(Stop)
    }

    /// The source between two offsets of this scanner.
    pub(crate) fn source(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    /// What the next value is; stays before it.
    #[inline]
    pub(crate) fn kind(&mut self) -> Scan<Kind> {
        self.blanks();
        match self.byte() {
            Some(b'"') => Ok(Kind::String),
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't' | b'f') => Ok(Kind::Bool),
            Some(b'n') => Ok(Kind::Null),
            _ => self.unexpected("a value"),
        }
    }

    /// Walks over the next value.
    pub(crate) fn skip(&mut self) -> Scan<Kind> {
        let kind = self.kind()?;
        match kind {
            Kind::String => {
                self.string()?;
            }
            Kind::Number => {
                self.number()?;
            }
            Kind::Bool | Kind::Null => self.literal()?,
            Kind::Object => {
                self.open()?;
                let mut first = true;
                while self.key(&mut first)?.is_some() {
                    self.skip()?;
                }
            }
            Kind::Array => {
                self.open()?;
                let mut first = true;
                while self.element(&mut first)? {
                    self.skip()?;
                }
            }
        }
        Ok(kind)
    }

    /// The source text of the next value.
    pub(crate) fn slice(&mut self) -> Scan<(Kind, &'a str)> {
        self.blanks();
        let from = self.at;
        let kind = self.skip()?;
        Ok((kind, self.source(from, self.at)))
    }

    /// Enters the object or array that `kind` found.
    #[inline]
    pub(crate) fn open(&mut self) -> Scan<()> {
        if self.depth >= self.max_depth {
            return self.too_deep();
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    /// The next key of the object that was entered, the scanner being left before its value; `None` at its end.
    #[inline]
    pub(crate) fn key(&mut self, first: &mut bool) -> Scan<Option<Text<'a>>> {
        // Compact text, which is what SageMaker writes, takes no detour.
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        match rest {
            [b',', b'"', ..] if !*first => self.at += 1,
            [b'"', ..] if *first => {}
            _ => {
                if !self.key_follows(*first)? {
                    return Ok(None);
                }
            }
        }
        *first = false;
        let key = self.string()?;
        if self.byte() != Some(b':') {
            self.blanks();
            if self.byte() != Some(b':') {
                return self.unexpected("`:`");
            }
        }
        self.at += 1;
        Ok(Some(key))
    }

    /// Whether a key follows, the scanner being left before it; else the object ended.
    fn key_follows(&mut self, first: bool) -> Scan<bool> {
        self.blanks();
        match self.byte() {
            Some(b'}') => {
                self.at += 1;
                self.depth = self.depth.saturating_sub(1);
                Ok(false)
            }
            Some(b',') if !first => {
                self.at += 1;
                self.blanks();
                if self.byte() == Some(b'"') {
                    Ok(true)
                } else {
                    self.unexpected("a key in double quotes")
                }
            }
            Some(b'"') if first => Ok(true),
            _ if first => self.unexpected("a key in double quotes or `}`"),
            _ => self.unexpected("`,` or `}`"),
        }
    }

    /// Whether the array that was entered has another element, the scanner being left before it.
    #[inline]
    pub(crate) fn element(&mut self, first: &mut bool) -> Scan<bool> {
        self.blanks();
        match self.byte() {
            Some(b']') => {
                self.at += 1;
                self.depth = self.depth.saturating_sub(1);
                return Ok(false);
            }
            Some(b',') if !*first => {
                self.at += 1;
                self.blanks();
                if self.byte() == Some(b']') {
                    return self.unexpected("a value");
                }
            }
            Some(_) if *first => {}
            _ if *first => return self.unexpected("a value or `]`"),
            _ => return self.unexpected("`,` or `]`"),
        }
        *first = false;
        self.blanks();
        Ok(true)
    }

    /// The string that `kind` found.
    #[inline]
    pub(crate) fn string(&mut self) -> Scan<Text<'a>> {
        let bytes = self.text.as_bytes();
        let from = self.at + 1;
        if !self.breaks
            && let Some(end) = quote_or_backslash(bytes, from)
            && bytes.get(end) == Some(&b'"')
        {
            self.at = end + 1;
            return Ok(Text::plain(self.source(from, end)));
        }
        self.string_with_escapes()
    }

    /// The string whose opening quote is at `at`.
    #[inline]
    pub(crate) fn string_at(&mut self, at: usize) -> Scan<Text<'a>> {
        self.at = at;
        self.string()
    }

    fn string_with_escapes(&mut self) -> Scan<Text<'a>> {
        let bytes = self.text.as_bytes();
        let from = self.at + 1;
        let mut at = from;
        let mut escaped = false;
        loop {
            let Some(special) = quote_or_backslash(bytes, at) else {
                return self.ended("the closing quote of a string");
            };
            let stretch = bytes.get(at..special).unwrap_or_default();
            if self.breaks && memchr::memchr(b'\n', stretch).is_some() {
                return self.broken_string(at);
            }
            if bytes.get(special) == Some(&b'"') {
                self.at = special + 1;
                let raw = self.source(from, special);
                return Ok(Text { raw, escaped });
            }
            escaped = true;
            at = self.escape(special)?;
        }
    }

    /// The text of the number that `kind` found.
    pub(crate) fn number(&mut self) -> Scan<&'a str> {
        let from = self.at;
        match number_end(self.text.as_bytes(), from) {
            NumberEnd::Whole(end) => {
                self.at = end;
                Ok(self.source(from, end))
            }
            NumberEnd::NoDigit(at) => {
                self.at = at;
                self.unexpected("a digit")
            }
            NumberEnd::Ended => self.ended("a digit"),
        }
    }

    /// Only white space may follow.
    pub(crate) fn end(&mut self) -> Scan<()> {
        self.blanks();
        match self.byte() {
            None => Ok(()),
            Some(_) => {
                let at = self.at;
                self.stop(Fault {
                    reason: Reason::NotJson,
                    detail: Detail::Expected {
                        what: "the end of the record",
                        at,
                    },
                })
            }
        }
    }

    fn literal(&mut self) -> Scan<()> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        for word in ["true", "false", "null"] {
            let word_bytes = word.as_bytes();
            if rest.starts_with(word_bytes) {
                self.at += word.len();
                return Ok(());
            }
            if rest.len() < word.len() && word_bytes.starts_with(rest) {
                return self.ended(word);
            }
        }
        self.unexpected("a value")
    }

    /// Checks the escape at `at`; where the string goes on.
    fn escape(&mut self, at: usize) -> Scan<usize> {
        let bytes = self.text.as_bytes();
        match bytes.get(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
            Some(b'u') => {
                for digit in at + 2..at + 6 {
                    match bytes.get(digit) {
                        Some(b) if b.is_ascii_hexdigit() => {}
                        Some(_) => {
                            self.at = digit;
                            return self.unexpected("four hexadecimal digits after `\\u`");
                        }
                        None => return self.ended("four hexadecimal digits after `\\u`"),
                    }
                }
                Ok(at + 6)
            }
            Some(_) => {
                self.at = at;
                self.unexpected("a JSON escape")
            }
            None => self.ended("the rest of an escape"),
        }
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte() {
            self.at += 1;
        }
    }

    /// The fault of a byte that the grammar does not want here, or of the end.
    #[cold]
    fn unexpected<T>(&mut self, what: &'static str) -> Scan<T> {
        let at = self.at;
        let rest = self.text.as_bytes().get(at..).unwrap_or_default();
        if rest.is_empty() {
            return self.ended(what);
        }
        let python = rest.starts_with(b"'")
            || rest.starts_with(b"None")
            || rest.starts_with(b"True")
            || rest.starts_with(b"False");
        let fault = if python {
            Fault {
                reason: Reason::PythonRepr,
                detail: Detail::At {
                    what: "written with Python's str(), use json.dumps: found single quotes, None, True or False",
                    at,
                },
            }
        } else {
            Fault {
                reason: Reason::NotJson,
                detail: Detail::Expected { what, at },
            }
        };
        self.stop(fault)
    }

    #[cold]
    fn ended<T>(&mut self, what: &'static str) -> Scan<T> {
        let at = self.text.len();
        self.stop(Fault {
            reason: Reason::Truncated,
            detail: Detail::Ended { what, at },
        })
    }

    #[cold]
    fn too_deep<T>(&mut self) -> Scan<T> {
        let at = self.at;
        self.stop(Fault {
            reason: Reason::TooDeep,
            detail: Detail::At {
                what: "nested deeper than the limit",
                at,
            },
        })
    }

    #[cold]
    fn broken_string<T>(&mut self, from: usize) -> Scan<T> {
        let rest = self.text.as_bytes().get(from..).unwrap_or_default();
        let at = from + memchr::memchr(b'\n', rest).unwrap_or_default();
        self.stop(Fault {
            reason: Reason::NotJson,
            detail: Detail::At {
                what: "a line break inside a string",
                at,
            },
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Object => "an object",
            Kind::Array => "an array",
            Kind::String => "a string",
            Kind::Number => "a number",
            Kind::Bool => "a boolean",
            Kind::Null => "null",
        })
    }
}

/// The next `"` or `\` from `at` on.
///
/// Keys and most values are shorter than what a call into memchr costs, so the first words are looked at in place.
#[inline]
fn quote_or_backslash(bytes: &[u8], mut at: usize) -> Option<usize> {
    const QUOTES: u64 = u64::from_le_bytes([b'"'; 8]);
    const BACKSLASHES: u64 = u64::from_le_bytes([b'\\'; 8]);
    for _ in 0..4 {
        let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) else {
            break;
        };
        let word = u64::from_le_bytes(*word);
        let found = zero_bytes(word ^ QUOTES) | zero_bytes(word ^ BACKSLASHES);
        if found != 0 {
            return Some(at + (found.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    let rest = bytes.get(at..)?;
    memchr::memchr2(b'"', b'\\', rest).map(|i| at + i)
}

/// The high bit of each zero byte; bytes above the lowest zero may be wrong, which the caller does not read.
#[inline]
fn zero_bytes(word: u64) -> u64 {
    const LOW: u64 = u64::from_le_bytes([0x01; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    word.wrapping_sub(LOW) & !word & HIGH
}

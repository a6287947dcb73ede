//! The text of a JSON string, still as it stands in the source.

use std::borrow::Cow;

/// The inside of a JSON string whose escapes were checked, or any text that needs no decoding.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Text<'a> {
    pub(crate) raw: &'a str,
    pub(crate) escaped: bool,
}

impl<'a> Text<'a> {
    /// Text that stands for itself.
    pub(crate) fn plain(raw: &'a str) -> Text<'a> {
        Text {
            raw,
            escaped: false,
        }
    }

    pub(crate) fn is_empty(self) -> bool {
        self.raw.is_empty()
    }

    /// Bytes of the source; decoding never gives more.
    pub(crate) fn len(self) -> usize {
        self.raw.len()
    }

    /// Whether the decoded text is `other`.
    pub(crate) fn is(self, other: &str) -> bool {
        if self.escaped {
            self.cow() == other
        } else {
            self.raw == other
        }
    }

    pub(crate) fn cow(self) -> Cow<'a, str> {
        if self.escaped {
            let mut text = String::with_capacity(self.raw.len());
            self.each_piece(|piece| text.push_str(piece));
            Cow::Owned(text)
        } else {
            Cow::Borrowed(self.raw)
        }
    }

    /// The decoded text, in `scratch` only if there is something to decode.
    pub(crate) fn decoded<'b>(self, scratch: &'b mut String) -> &'b str
    where
        'a: 'b,
    {
        if !self.escaped {
            return self.raw;
        }
        scratch.clear();
        self.each_piece(|piece| scratch.push_str(piece));
        scratch
    }

    /// The decoded text piece by piece: stretches of the source, and the characters that escapes stand for.
    pub(crate) fn each_piece(self, mut sink: impl FnMut(&str)) {
        let mut rest = self.raw;
        while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
            let (before, from) = rest.split_at(at);
            if !before.is_empty() {
                sink(before);
            }
            let (character, used) = escape(from);
            sink(character.encode_utf8(&mut [0; 4]));
            rest = from.get(used..).unwrap_or_default();
        }
        if !rest.is_empty() {
            sink(rest);
        }
    }
}

/// The character of the escape that `from` starts with, and the bytes it takes.
fn escape(from: &str) -> (char, usize) {
    let character = match from.as_bytes().get(1) {
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'u') => return unicode_escape(from),
        Some(other) if other.is_ascii() => char::from(*other),
        // The scanner let no other escape pass; keep the byte count on a character.
        _ => return ('\\', 1),
    };
    (character, 2)
}

/// `\uXXXX`, or two of them when they are a surrogate pair. A surrogate alone is U+FFFD.
fn unicode_escape(from: &str) -> (char, usize) {
    let Some(first) = hex(from, 2) else {
        return (char::REPLACEMENT_CHARACTER, 2);
    };
    if (0xD800..0xDC00).contains(&first)
        && from.get(6..8) == Some("\\u")
        && let Some(second) = hex(from, 8)
        && (0xDC00..0xE000).contains(&second)
    {
        let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return (
            char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
            12,
        );
    }
    (
        char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER),
        6,
    )
}

fn hex(text: &str, at: usize) -> Option<u32> {
    let digits = text.get(at..at + 4)?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::Text;

    fn decode(raw: &str) -> String {
        Text { raw, escaped: true }.cow().into_owned()
    }

    #[test]
    fn escapes_become_their_characters() {
        assert_eq!(
            decode(r#"a\"b\\c\/d\n\t\r\b\f"#),
            "a\"b\\c/d\n\t\r\u{8}\u{c}"
        );
        assert_eq!(decode(r"\u00e9\u4f60 \ud83d\ude00!"), "é你 😀!");
    }

    #[test]
    fn a_lone_surrogate_becomes_the_replacement_character() {
        assert_eq!(decode(r"\ud83d"), "\u{fffd}");
        assert_eq!(decode(r"\ude00x"), "\u{fffd}x");
        assert_eq!(decode(r"\ud83d\u0041"), "\u{fffd}A");
        assert_eq!(decode(r"\ud83d\n"), "\u{fffd}\n");
        assert_eq!(decode(r"\ud83d\ud83d\ude00"), "\u{fffd}😀");
    }

    #[test]
    fn text_that_was_never_checked_does_not_panic() {
        for raw in ["\\", "\\u", "\\u12", "\\uzzzz", "\\é", "\\u00é"] {
            decode(raw);
        }
    }
}

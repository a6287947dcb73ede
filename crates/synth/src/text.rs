//! Numbers, ids and JSON into a byte buffer, without formatting machinery: the generator's time goes here.

/// Appends `number` in decimal.
pub(crate) fn push_number(buffer: &mut Vec<u8>, number: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    buffer.extend_from_slice(&digits[at..]);
}

/// Appends `number` in decimal with zeros before it, at least `width` digits (at most 20).
pub(crate) fn push_padded(buffer: &mut Vec<u8>, number: u64, width: usize) {
    let from = buffer.len();
    push_number(buffer, number);
    let length = buffer.len() - from;
    for _ in length..width.min(20) {
        buffer.insert(from, b'0');
    }
}

/// Appends 128 bits in the form of a version 4 UUID.
pub(crate) fn push_uuid(buffer: &mut Vec<u8>, high: u64, low: u64) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let bits = (u128::from(high) << 64 | u128::from(low)) & !(0xf << 76) & !(0x3 << 62)
        | (0x4 << 76)
        | (0x2 << 62);
    for (index, byte) in bits.to_be_bytes().into_iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            buffer.push(b'-');
        }
        buffer.push(HEX[usize::from(byte >> 4)]);
        buffer.push(HEX[usize::from(byte & 15)]);
    }
}

/// Appends `text` as a JSON string with its quotes. `text` is UTF-8 or, for a line that shall be bad, not.
pub(crate) fn push_json_string(buffer: &mut Vec<u8>, text: &[u8]) {
    buffer.push(b'"');
    let mut plain_from = 0;
    for (at, byte) in text.iter().enumerate() {
        if *byte >= 0x20 && *byte != b'"' && *byte != b'\\' {
            continue;
        }
        buffer.extend_from_slice(&text[plain_from..at]);
        plain_from = at + 1;
        match byte {
            b'"' => buffer.extend_from_slice(b"\\\""),
            b'\\' => buffer.extend_from_slice(b"\\\\"),
            b'\n' => buffer.extend_from_slice(b"\\n"),
            b'\r' => buffer.extend_from_slice(b"\\r"),
            b'\t' => buffer.extend_from_slice(b"\\t"),
            other => push_unicode_escape(buffer, *other),
        }
    }
    buffer.extend_from_slice(&text[plain_from..]);
    buffer.push(b'"');
}

/// Appends ASCII `text` as a JSON string in which every fourth character is written `\u00xx`.
pub(crate) fn push_escaped_json_string(buffer: &mut Vec<u8>, text: &[u8]) {
    buffer.push(b'"');
    for (at, byte) in text.iter().enumerate() {
        if at % 4 == 1 {
            push_unicode_escape(buffer, *byte);
        } else {
            buffer.push(*byte);
        }
    }
    buffer.push(b'"');
}

fn push_unicode_escape(buffer: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    buffer.extend_from_slice(b"\\u00");
    buffer.push(HEX[usize::from(byte >> 4)]);
    buffer.push(HEX[usize::from(byte & 15)]);
}

/// Appends `bytes` in base64 with padding (RFC 4648, standard alphabet).
pub(crate) fn push_base64(buffer: &mut Vec<u8>, bytes: &[u8]) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            if place <= chunk.len() {
                let index = bits >> (18 - 6 * place) & 63;
                buffer.push(ALPHABET[index as usize]);
            } else {
                buffer.push(b'=');
            }
        }
    }
}

/// Writes a JSON object member by member; used where speed does not matter and the form varies.
#[derive(Debug)]
pub(crate) struct JsonText<'a> {
    buffer: &'a mut Vec<u8>,
    spaced: bool,
}

impl<'a> JsonText<'a> {
    pub(crate) fn new(buffer: &'a mut Vec<u8>) -> Self {
        Self {
            buffer,
            spaced: false,
        }
    }

    /// Puts a blank after each comma and colon, as Python's `json.dumps` does.
    pub(crate) fn spaced(mut self, spaced: bool) -> Self {
        self.spaced = spaced;
        self
    }

    pub(crate) fn open(&mut self) -> &mut Self {
        self.raw(b"{")
    }

    pub(crate) fn close(&mut self) -> &mut Self {
        self.raw(b"}")
    }

    pub(crate) fn key(&mut self, name: &str) -> &mut Self {
        if !matches!(self.buffer.last(), None | Some(b'{')) {
            self.raw(if self.spaced { b", " } else { b"," });
        }
        push_json_string(self.buffer, name.as_bytes());
        self.raw(if self.spaced { b": " } else { b":" })
    }

    pub(crate) fn string(&mut self, text: &[u8]) -> &mut Self {
        push_json_string(self.buffer, text);
        self
    }

    /// The string, or `null`.
    pub(crate) fn string_or_null(&mut self, text: Option<&[u8]>) -> &mut Self {
        match text {
            Some(text) => self.string(text),
            None => self.raw(b"null"),
        }
    }

    pub(crate) fn escaped_string(&mut self, text: &[u8]) -> &mut Self {
        push_escaped_json_string(self.buffer, text);
        self
    }

    pub(crate) fn number(&mut self, number: u64) -> &mut Self {
        push_number(self.buffer, number);
        self
    }

    pub(crate) fn raw(&mut self, json: &[u8]) -> &mut Self {
        self.buffer.extend_from_slice(json);
        self
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut buffer = Vec::new();
        write(&mut buffer);
        String::from_utf8(buffer).unwrap()
    }

    #[test]
    fn numbers_are_decimal_and_padded_to_their_width() {
        assert_eq!(written(|b| push_number(b, 0)), "0");
        assert_eq!(written(|b| push_number(b, u64::MAX)), u64::MAX.to_string());
        assert_eq!(written(|b| push_padded(b, 7, 3)), "007");
        assert_eq!(written(|b| push_padded(b, 1234, 3)), "1234");
    }

    #[test]
    fn uuids_carry_version_4_and_the_rfc_variant() {
        let text = written(|b| push_uuid(b, u64::MAX, u64::MAX));
        assert_eq!(text, "ffffffff-ffff-4fff-bfff-ffffffffffff");
        let text = written(|b| push_uuid(b, 0, 0));
        assert_eq!(text, "00000000-0000-4000-8000-000000000000");
    }

    #[test]
    fn strings_come_back_from_a_json_parser() {
        let text = "a\"b\\c\nd\te\u{1}é";
        let json = written(|b| push_json_string(b, text.as_bytes()));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        let json = written(|b| push_escaped_json_string(b, b"order-00000042"));
        assert_eq!(
            serde_json::from_str::<String>(&json).unwrap(),
            "order-00000042"
        );
        assert!(json.contains("\\u00"));
    }

    #[test]
    fn base64_is_padded_to_four() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ] {
            assert_eq!(written(|b| push_base64(b, bytes.as_bytes())), text);
        }
    }

    #[test]
    fn spaced_objects_look_like_python_wrote_them() {
        let text = written(|b| {
            let mut json = JsonText::new(b).spaced(true);
            json.open().key("a").number(1);
            json.key("b").open().key("c").string(b"x").close().close();
        });
        assert_eq!(text, r#"{"a": 1, "b": {"c": "x"}}"#);
    }
}

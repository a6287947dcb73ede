//! The number grammar of RFC 8259, section 6.

/// Where a number that starts at `from` stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberEnd {
    /// A whole number ends before this byte.
    Whole(usize),
    /// Another byte stood where a digit belongs.
    NoDigit(usize),
    /// The bytes ended where a digit belongs.
    Ended,
}

/// The end of the longest number at `from`. Leading zeros end the number after the zero.
pub(crate) fn number_end(bytes: &[u8], from: usize) -> NumberEnd {
    let mut at = from;
    if bytes.get(at) == Some(&b'-') {
        at += 1;
    }
    match bytes.get(at) {
        Some(b'0') => at += 1,
        Some(b'1'..=b'9') => at = digits(bytes, at),
        Some(_) => return NumberEnd::NoDigit(at),
        None => return NumberEnd::Ended,
    }
    if bytes.get(at) == Some(&b'.') {
        match bytes.get(at + 1) {
            Some(b'0'..=b'9') => at = digits(bytes, at + 1),
            Some(_) => return NumberEnd::NoDigit(at + 1),
            None => return NumberEnd::Ended,
        }
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1;
        if matches!(bytes.get(at), Some(b'+' | b'-')) {
            at += 1;
        }
        match bytes.get(at) {
            Some(b'0'..=b'9') => at = digits(bytes, at),
            Some(_) => return NumberEnd::NoDigit(at),
            None => return NumberEnd::Ended,
        }
    }
    NumberEnd::Whole(at)
}

/// Whether the whole text is one number of the JSON grammar.
pub(crate) fn is_number(text: &str) -> bool {
    number_end(text.as_bytes(), 0) == NumberEnd::Whole(text.len())
}

fn digits(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while matches!(bytes.get(at), Some(b'0'..=b'9')) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::is_number;

    #[test]
    fn only_the_json_grammar_is_a_number() {
        for yes in ["0", "-0", "10", "1.50", "1e5", "1E+05", "-2.5e-10"] {
            assert!(is_number(yes), "{yes}");
        }
        for no in [
            "", "-", "01", "+1", ".5", "1.", "1e", "1e+", "0x1", "NaN", "1 ", "--1",
        ] {
            assert!(!is_number(no), "{no}");
        }
    }
}

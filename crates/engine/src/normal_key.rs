//! Keys as people mean them: without what differs only in how they were written.

use std::borrow::Cow;

/// The normal form of a key: blanks around it, one pair of quotes and the blanks inside them go, and ASCII letters are
/// lower case. Two keys that differ but have one normal form are *spelled differently*.
pub(crate) fn normal_key(key: &str) -> Cow<'_, str> {
    let unquoted = unquoted(key);
    if unquoted.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(unquoted.to_ascii_lowercase())
    } else {
        Cow::Borrowed(unquoted)
    }
}

/// What differs between two keys of one normal form.
pub(crate) fn spelling(one: &str, other: &str) -> &'static str {
    if one.trim_ascii() == other.trim_ascii() {
        "by blanks around it"
    } else if unquoted(one) == unquoted(other) {
        "by quotes around it"
    } else {
        "by case"
    }
}

/// The key in its own case, without blanks and one pair of quotes around it.
fn unquoted(key: &str) -> &str {
    let trimmed = key.trim_ascii();
    ['"', '\'']
        .into_iter()
        .find_map(|quote| trimmed.strip_prefix(quote)?.strip_suffix(quote))
        .map_or(trimmed, str::trim_ascii)
}

/// True when the key is its own normal form. Every key is asked, and nearly every one is.
#[inline]
pub(crate) fn is_normal(key: &str) -> bool {
    let bytes = key.as_bytes();
    let outside = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\''))
    };
    if outside(bytes.first()) || outside(bytes.last()) {
        return normal_key(key) == key;
    }
    let upper = |word: &[u8; 8]| has_upper_case(u64::from_le_bytes(*word));
    match bytes.last_chunk() {
        // The last eight bytes may be looked at twice, which is quicker than each of the rest alone.
        Some(last) => !bytes.as_chunks().0.iter().any(upper) && !upper(last),
        None => !bytes.iter().any(u8::is_ascii_uppercase),
    }
}

/// Whether one of eight bytes is `A` to `Z`.
fn has_upper_case(word: u64) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES * 0x80;
    let low = word & !HIGH;
    let from_a = low + ONES * (0x80 - b'A' as u64);
    let past_z = low + ONES * (0x80 - b'Z' as u64 - 1);
    from_a & !past_z & !word & HIGH != 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{is_normal, normal_key};

    proptest! {
        #[test]
        fn a_key_is_normal_when_it_is_its_normal_form(key in "[ \"'\\ta-zA-Z0-9@\\[`{\u{c1}-]{0,20}") {
            prop_assert_eq!(is_normal(&key), normal_key(&key) == key);
        }
    }

    #[test]
    fn case_blanks_and_quotes_do_not_count() {
        for (key, normal) in [
            ("order-7", "order-7"),
            (" Order-7\t", "order-7"),
            ("\"order-7\"", "order-7"),
            ("' ORDER-7 '", "order-7"),
            ("\"order-7", "\"order-7"),
            ("\"", "\""),
            ("\"\"", ""),
            ("\u{c4}B", "\u{c4}b"),
        ] {
            assert_eq!(normal_key(key), normal, "{key}");
        }
    }
}

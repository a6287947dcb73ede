//! Class names and numbers, so that both sides of a comparison speak of the same class.

use crate::json::is_number;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// How texts are compared as classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LabelType {
    /// Text in JSON number grammar is shortened: `1`, `1.0` and `1e0` are one class.
    #[default]
    Auto,
    /// Text stays as it is, trimmed and unquoted.
    String,
}

/// The class that a text names: trimmed, one pair of quotes stripped, numbers shortened. `None` if nothing is left.
///
/// Numbers are shortened as text, so no digit is lost: plain decimals from 1e-6 to below 1e21, else `1.5e-9`, `1e22`.
/// What is no number of the JSON grammar stays (`01`, `+1`, `.5`).
pub fn class_text(text: &str, label_type: LabelType) -> Option<Cow<'_, str>> {
    let text = unquoted(text);
    if text.is_empty() {
        return None;
    }
    Some(match label_type {
        LabelType::Auto => shortened(text),
        LabelType::String => Cow::Borrowed(text),
    })
}

/// The finite number of a text, trimmed and unquoted like a class; else `None`.
pub fn number(text: &str) -> Option<f64> {
    // What parses as it stands has nothing to be trimmed.
    let value: f64 = match text.parse() {
        Ok(value) => value,
        Err(_) => unquoted(text).parse().ok()?,
    };
    value.is_finite().then_some(value)
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|t| t.strip_suffix(quote)) {
            return inner.trim();
        }
    }
    text
}

fn shortened(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let short_integer = match bytes {
        [b'0'] => true,
        [b'1'..=b'9', rest @ ..] => rest.len() < 18 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if short_integer || !is_number(text) {
        return Cow::Borrowed(text);
    }
    match canonical(text) {
        Some(canonical) if canonical != text => Cow::Owned(canonical),
        _ => Cow::Borrowed(text),
    }
}

/// The shortest text of a JSON number, or `None` when its exponent is beyond all use.
fn canonical(text: &str) -> Option<String> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent_value(exponent)),
        None => (unsigned, Some(0)),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = String::with_capacity(mantissa.len());
    digits.push_str(whole);
    digits.push_str(fraction);
    let leading = digits.len() - digits.trim_start_matches('0').len();
    let digits = digits.trim_matches('0');
    if digits.is_empty() {
        return Some("0".to_owned());
    }
    // The value is 0.DIGITS times ten to the power of `point`.
    let point = i64::try_from(whole.len())
        .ok()?
        .checked_sub(i64::try_from(leading).ok()?)?
        .checked_add(exponent?)?;
    Some(format!("{sign}{}", placed(digits, point)))
}

/// `digits` with the decimal point after the first `point` of them, by JavaScript's rule for plain and exponent form.
fn placed(digits: &str, point: i64) -> String {
    let plain = usize::try_from(point).ok().filter(|p| (1..=21).contains(p));
    if let Some(point) = plain {
        return match digits.split_at_checked(point) {
            Some((whole, "")) => whole.to_owned(),
            Some((whole, fraction)) => format!("{whole}.{fraction}"),
            None => format!("{digits}{}", "0".repeat(point - digits.len())),
        };
    }
    if (-5..=0).contains(&point) {
        let zeros = usize::try_from(-point).unwrap_or_default();
        return format!("0.{}{digits}", "0".repeat(zeros));
    }
    let exponent = point.saturating_sub(1);
    match digits.split_at_checked(1) {
        Some((first, rest)) if !rest.is_empty() => format!("{first}.{rest}e{exponent}"),
        _ => format!("{digits}e{exponent}"),
    }
}

fn exponent_value(text: &str) -> Option<i64> {
    let digits = text.trim_start_matches(['+', '-']).trim_start_matches('0');
    if digits.len() > 17 {
        return None;
    }
    let value = if digits.is_empty() {
        0
    } else {
        digits.parse::<i64>().ok()?
    };
    Some(if text.starts_with('-') { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(text: &str) -> Option<String> {
        class_text(text, LabelType::Auto).map(Cow::into_owned)
    }

    #[test]
    fn blanks_quotes_and_number_forms_are_one_class() {
        for text in [
            "1",
            "1.0",
            " 1 ",
            "\"1\"",
            "'1'",
            "\" 1.00 \"",
            "1e0",
            "10e-1",
            "0.1E+1",
        ] {
            assert_eq!(class(text).as_deref(), Some("1"), "{text}");
        }
    }

    #[test]
    fn numbers_shorten_without_losing_digits() {
        for (text, short) in [
            ("-0", "0"),
            ("0.0e99", "0"),
            ("0.50", "0.5"),
            ("-1.50", "-1.5"),
            ("1e-05", "0.00001"),
            ("0.000001", "0.000001"),
            ("0.0000001", "1e-7"),
            ("1.5e-9", "1.5e-9"),
            ("100", "100"),
            ("1e20", "100000000000000000000"),
            ("1e+22", "1e22"),
            ("12345678901234567890123", "1.2345678901234567890123e22"),
            ("0.1234567890123456789012345", "0.1234567890123456789012345"),
            ("123.4500", "123.45"),
        ] {
            assert_eq!(class(text).as_deref(), Some(short), "{text}");
        }
    }

    #[test]
    fn text_outside_the_number_grammar_stays() {
        for text in [
            "01",
            "+1",
            ".5",
            "1.",
            "yes",
            "1e99999999999999999999",
            "NaN",
        ] {
            assert_eq!(class(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn label_type_string_switches_shortening_off() {
        assert_eq!(
            class_text(" \"1.0\" ", LabelType::String).as_deref(),
            Some("1.0")
        );
    }

    #[test]
    fn nothing_is_no_class() {
        for text in ["", "  ", "\"\"", "' '"] {
            assert_eq!(class(text), None, "{text:?}");
        }
        assert_eq!(class("\"").as_deref(), Some("\""));
    }

    #[test]
    fn a_number_is_finite_and_may_be_quoted() {
        assert_eq!(number(" '0.25' "), Some(0.25));
        assert_eq!(number("1e-05"), Some(0.00001));
        assert_eq!(number("+2"), Some(2.0));
        for text in ["", "inf", "NaN", "1e999", "a", "1 2"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}

//! Numbers for people: few digits, and none that says more or other than the number.

use groundline_quality::Interval;

/// Between thousands, and between a number and its sign: narrow, and no place to break a line.
const THIN: char = '\u{202f}';

/// Digits of a number by itself.
const DIGITS: i32 = 4;

/// Decimals beyond which a number is written with an exponent.
const MOST_DECIMALS: i32 = 17;

/// `12 345`.
pub(super) fn grouped(number: u64) -> String {
    with_thin_spaces(&number.to_string())
}

/// Thin spaces between the thousands of the whole part, from five digits on.
fn with_thin_spaces(text: &str) -> String {
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let (sign, digits) = match whole.strip_prefix('-') {
        Some(digits) => ("\u{2212}", digits),
        None => ("", whole),
    };
    let mut spaced = String::from(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && digits.len() > 4 && (digits.len() - index).is_multiple_of(3) {
            spaced.push(THIN);
        }
        spaced.push(digit);
    }
    spaced + rest
}

/// Four digits, without idle zeros: `0.9123`, `12 345`, `1.235 × 10⁻⁷`.
pub(super) fn number(value: f64) -> String {
    trimmed(&fixed(value, decimals_for(value, DIGITS)))
}

/// At least so many decimals as given; more where the number would else look like 0 or like a whole that it is not. `None`
/// is for an exponent.
fn fixed(value: f64, decimals: Option<i32>) -> String {
    if !value.is_finite() {
        return "none".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let Some(decimals) = decimals.and_then(|decimals| honest(value, decimals)) else {
        return exponent(value);
    };
    if value.abs() == 1.0 {
        return with_thin_spaces(&format!("{value:.0}"));
    }
    with_thin_spaces(&format!("{value:.decimals$}"))
}

/// Without idle zeros: of a number by itself nobody knows whether they mean anything.
fn trimmed(text: &str) -> String {
    match text.contains('.') && !text.contains('×') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    }
}

/// Decimals that give so many significant digits.
fn decimals_for(value: f64, digits: i32) -> Option<i32> {
    let magnitude = value.abs();
    if magnitude >= 1e9 || !value.is_finite() {
        return None;
    }
    if magnitude == 0.0 {
        return Some(0);
    }
    let before = magnitude.log10().floor() as i32 + 1;
    let decimals = (digits - before).max(0);
    (decimals <= 8).then_some(decimals)
}

/// Decimals, as many more as it takes that a share just below 1 does not become 1, nor anything 0.
fn honest(value: f64, decimals: i32) -> Option<usize> {
    (decimals..=MOST_DECIMALS)
        .filter_map(|decimals| usize::try_from(decimals).ok())
        .find(|&decimals| {
            let rounded: f64 = format!("{value:.decimals$}").parse().unwrap_or(value);
            let becomes = |whole: f64| rounded.abs() == whole && value.abs() != whole;
            !(becomes(0.0) || (becomes(1.0) && value.abs() < 1.0))
        })
}

/// `1.235 × 10⁻⁷`.
fn exponent(value: f64) -> String {
    let text = format!("{value:.3e}");
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = match mantissa.contains('.') {
        true => mantissa.trim_end_matches('0').trim_end_matches('.'),
        false => mantissa,
    };
    let power: String = power
        .chars()
        .map(|character| match character {
            '-' => '⁻',
            '0' => '⁰',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            '4' => '⁴',
            '5' => '⁵',
            '6' => '⁶',
            '7' => '⁷',
            '8' => '⁸',
            _ => '⁹',
        })
        .collect();
    format!("{} × 10{power}", mantissa.replace('-', "\u{2212}"))
}

/// Decimals that give two digits of what a value may be off by, at least; for the value and for the ends.
fn decimals_of(interval: Interval) -> Option<i32> {
    let half = (interval.high - interval.low) / 2.0;
    if !(half > 0.0 && half.is_finite()) {
        return None;
    }
    let decimals = 1 - half.log10().floor() as i32;
    // Beyond these, digits are written with an exponent.
    (decimals <= 8).then_some(decimals.max(0))
}

/// A value with as many decimals as the ends of its interval.
pub(super) fn measured(value: f64, interval: Option<Interval>) -> String {
    match interval.and_then(decimals_of) {
        Some(decimals) if value.abs() < 1e9 => fixed(value, Some(decimals)),
        _ => number(value),
    }
}

/// How far a value is from something, with as many decimals as the ends of its interval.
pub(super) fn distance(distance: f64, interval: Option<Interval>) -> String {
    match interval.and_then(decimals_of) {
        Some(decimals) if distance < 1e9 => fixed(distance, Some(decimals)),
        _ => trimmed(&fixed(distance, decimals_for(distance, 2))),
    }
}

/// `0.801 to 0.823`: ends with two digits of the half width.
pub(super) fn ends(interval: Interval) -> String {
    let end = |end: f64| match decimals_of(interval) {
        Some(decimals) if end.abs() < 1e9 => fixed(end, Some(decimals)),
        _ => number(end),
    };
    format!("{} to {}", end(interval.low), end(interval.high))
}

/// `91.2 %`; never 100 % or 0 % of what is not.
pub(super) fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "–".to_owned();
    }
    let percent = share * 100.0;
    for decimals in [1, 2, 3, 4] {
        let text = format!("{percent:.decimals$}");
        let rounded: f64 = text.parse().unwrap_or(percent);
        let whole = share == 0.0 || share == 1.0;
        if whole || (rounded != 0.0 && rounded != 100.0) {
            return format!(
                "{}{THIN}%",
                with_thin_spaces(text.strip_suffix(".0").unwrap_or(&text))
            );
        }
    }
    match share < 0.5 {
        true => format!("< 0.0001{THIN}%"),
        false => format!("> 99.9999{THIN}%"),
    }
}

/// `+3.2`: percentage points, with a sign.
pub(super) fn points(share: f64) -> String {
    let points = share * 100.0;
    let text = format!("{:.1}", points.abs());
    match text.as_str() {
        "0.0" => "0.0".to_owned(),
        _ if points < 0.0 => format!("\u{2212}{text}"),
        _ => format!("+{text}"),
    }
}

/// A difference, with a sign; as many decimals as the ends of an interval of either.
pub(super) fn signed(difference: f64, interval: Option<Interval>) -> String {
    let text = distance(difference.abs(), interval);
    match difference {
        up if up > 0.0 => format!("+{text}"),
        down if down < 0.0 => format!("\u{2212}{text}"),
        _ => text,
    }
}

/// A round number at an axis, with so many decimals.
pub(super) fn tick(value: f64, decimals: usize) -> String {
    if decimals > 6 || value.abs() >= 1e4 {
        return short(value);
    }
    let text = format!("{value:.decimals$}");
    match text.contains(|digit: char| ('1'..='9').contains(&digit)) {
        true => with_thin_spaces(&text),
        // Lest it be -0.
        false => text.trim_start_matches('-').to_owned(),
    }
}

/// Three digits, for where there is little room: `12.5k`, `3.12M`.
pub(super) fn short(value: f64) -> String {
    let (unit, sign) = match value.abs() {
        millions if (1e6..1e9).contains(&millions) => (1e6, "M"),
        thousands if (1e4..1e6).contains(&thousands) => (1e3, "k"),
        _ => (1.0, ""),
    };
    let value = value / unit;
    trimmed(&fixed(value, decimals_for(value, 3))) + sign
}

/// Hours as people say them: `40 min`, `5 h`, `3 days`.
pub(super) fn hours(hours: f64) -> String {
    let (value, unit) = match hours.abs() {
        0.0 => return "0 h".to_owned(),
        below if below < 1.0 => (hours * 60.0, "min"),
        below if below < 72.0 => (hours, "h"),
        _ => (hours / 24.0, "days"),
    };
    let text = format!("{value:.1}");
    format!(
        "{} {unit}",
        with_thin_spaces(text.strip_suffix(".0").unwrap_or(&text))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_say_no_more_than_they_are() {
        for (value, text) in [
            (0.9996, "0.9996"),
            (0.999_996, "0.999996"),
            (0.999_999_999_999_9, "0.9999999999999"),
            (1.0, "1"),
            (0.912_345, "0.9123"),
            (12_345.678, "12\u{202f}346"),
            (1_234.6, "1235"),
            (-0.5, "\u{2212}0.5"),
            (0.000_000_001_234_6, "1.235 × 10⁻⁹"),
            (0.000_012_346, "0.00001235"),
            (1.5e12, "1.5 × 10¹²"),
            (0.0, "0"),
            (f64::NAN, "none"),
        ] {
            assert_eq!(number(value), text, "{value}");
        }
    }

    #[test]
    fn intervals_decide_on_digits() {
        let interval = Interval {
            low: 0.801_2,
            high: 0.823_4,
        };
        assert_eq!(measured(0.812_34, Some(interval)), "0.812");
        assert_eq!(ends(interval), "0.801 to 0.823");
        let wide = Interval {
            low: 0.0,
            high: 1.0,
        };
        assert_eq!(ends(wide), "0 to 1");
        let close = Interval {
            low: 0.97,
            high: 0.999_98,
        };
        assert_eq!(ends(close), "0.970 to 0.99998");
        let large = Interval {
            low: 1_100.0,
            high: 1_300.0,
        };
        assert_eq!(measured(1_203.4, Some(large)), "1203");
    }

    #[test]
    fn percentages_are_whole_only_where_they_are() {
        for (share, text) in [
            (0.912, "91.2\u{202f}%"),
            (1.0, "100\u{202f}%"),
            (0.999_96, "99.996\u{202f}%"),
            (0.000_04, "0.004\u{202f}%"),
            (0.0, "0\u{202f}%"),
            (1e-9, "< 0.0001\u{202f}%"),
        ] {
            assert_eq!(percent(share), text, "{share}");
        }
        assert_eq!(points(0.032), "+3.2");
        assert_eq!(points(-0.000_1), "0.0");
    }

    #[test]
    fn hours_have_fitting_units() {
        for (given, text) in [
            (0.5, "30 min"),
            (5.0, "5 h"),
            (26.5, "26.5 h"),
            (168.0, "7 days"),
        ] {
            assert_eq!(hours(given), text);
        }
    }
}

//! ISO 8601 durations of whole hours: `P30D`, `PT24H`, `-P8D` (label lead and horizon, SageMaker's offsets).

/// Why a text is no duration in whole hours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DurationError {
    #[error("`{text}` is not an ISO 8601 duration; examples: P30D, PT24H, P1DT12H, P2W, -P8D")]
    NotADuration { text: String },
    #[error("`{text}` is not an ISO 8601 duration; did you mean `{right}`?")]
    Misspelt { text: String, right: String },
    #[error("`{text}` counts months or years, whose length varies; use days: P30D, P365D")]
    Calendar { text: String },
    #[error("`{text}` is not in whole hours; use weeks, days and hours: P2W, P30D, PT24H")]
    NotWholeHours { text: String },
    #[error("`{text}` is too long")]
    TooLong { text: String },
}

/// The hours of a duration; negative with a leading `-`. Weeks, days and hours only.
pub fn parse_duration_hours(text: &str) -> Result<i64, DurationError> {
    let owned = || text.to_owned();
    let not_a_duration = || match right_spelling(text) {
        Some(right) => DurationError::Misspelt {
            text: owned(),
            right,
        },
        None => DurationError::NotADuration { text: owned() },
    };
    let (negative, rest) = signed(text);
    let rest = rest.strip_prefix('P').ok_or_else(not_a_duration)?;
    let (date, time) = match rest.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (rest, None),
    };
    let mut hours = 0_i64;
    // Units come once and from large to small, so each must be smaller than the one before.
    let mut smallest = i64::MAX;
    let mut any = false;
    for (half, is_time) in [(Some(date), false), (time, true)] {
        let mut half = half.unwrap_or_default();
        if is_time && time.is_some() && half.is_empty() {
            return Err(not_a_duration());
        }
        while !half.is_empty() {
            let (count, unit, tail) = component(half).ok_or_else(not_a_duration)?;
            let unit_hours = match (unit, is_time) {
                ('W', false) => 168,
                ('D', false) => 24,
                ('H', true) => 1,
                ('Y' | 'M', false) => return Err(DurationError::Calendar { text: owned() }),
                ('M' | 'S', true) => return Err(DurationError::NotWholeHours { text: owned() }),
                _ => return Err(not_a_duration()),
            };
            if count.contains(['.', ',']) {
                return Err(DurationError::NotWholeHours { text: owned() });
            }
            if unit_hours >= smallest {
                return Err(not_a_duration());
            }
            smallest = unit_hours;
            any = true;
            hours = count
                .parse::<i64>()
                .ok()
                .and_then(|count| count.checked_mul(unit_hours))
                .and_then(|add| hours.checked_add(add))
                // A thousand centuries: far from every overflow of times in microseconds.
                .filter(|hours| *hours <= 876_600_000)
                .ok_or_else(|| DurationError::TooLong { text: owned() })?;
            half = tail;
        }
    }
    if !any {
        return Err(not_a_duration());
    }
    Ok(if negative { -hours } else { hours })
}

/// The minutes of a duration that is not negative: `PT15M`, `PT1H30M`, `P1D`.
pub fn parse_duration_minutes(text: &str) -> Result<i64, DurationError> {
    let not_a_duration = || DurationError::NotADuration {
        text: text.to_owned(),
    };
    let (hours, minutes) = match text.strip_suffix('M') {
        Some(rest) if rest.contains('T') => {
            let start = rest.trim_end_matches(|c: char| c.is_ascii_digit()).len();
            let (hours, minutes) = rest.split_at_checked(start).ok_or_else(not_a_duration)?;
            let minutes = minutes.parse::<i64>().map_err(|_| not_a_duration())?;
            (hours.strip_suffix('T').unwrap_or(hours), minutes)
        }
        _ => (text, 0),
    };
    let hours = match hours {
        "P" => 0,
        hours => parse_duration_hours(hours)?,
    };
    let all = hours
        .checked_mul(60)
        .and_then(|all| all.checked_add(minutes));
    all.filter(|all| (0..=876_600_000).contains(all))
        .ok_or_else(not_a_duration)
}

fn signed(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// The digits, the designator and what follows of `30DT12H`.
fn component(text: &str) -> Option<(&str, char, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',')?;
    let (count, rest) = text.split_at_checked(end)?;
    let mut chars = rest.chars();
    let unit = chars.next()?;
    (!count.is_empty()).then_some((count, unit, chars.as_str()))
}

/// What people write for one unit: `PT2D`, `P24H`, `30d`, `p30d`, `24h`.
fn right_spelling(text: &str) -> Option<String> {
    let upper = text.trim().to_ascii_uppercase();
    let (negative, rest) = signed(&upper);
    let rest = rest.strip_prefix('P').unwrap_or(rest);
    let rest = rest.strip_prefix('T').unwrap_or(rest);
    let (count, unit, tail) = component(rest)?;
    if !tail.is_empty() || !count.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let sign = if negative { "-" } else { "" };
    match unit {
        'W' | 'D' => Some(format!("{sign}P{count}{unit}")),
        'H' => Some(format!("{sign}PT{count}H")),
        _ => None,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    #[test]
    fn whole_hours_are_read() {
        for (text, hours) in [
            ("P30D", 720),
            ("PT24H", 24),
            ("-P8D", -192),
            ("P2W", 336),
            ("P1W2DT3H", 168 + 48 + 3),
            ("+PT1H", 1),
            ("PT0H", 0),
        ] {
            assert_eq!(parse_duration_hours(text), Ok(hours), "{text}");
        }
    }

    #[test]
    fn what_is_refused_says_why_and_how_to_write_it() {
        for (text, said) in [
            ("PT2D", "did you mean `P2D`?"),
            ("P24H", "did you mean `PT24H`?"),
            ("30d", "did you mean `P30D`?"),
            ("-8D", "did you mean `-P8D`?"),
            ("p30d", "did you mean `P30D`?"),
            ("P1M", "length varies"),
            ("P1Y", "length varies"),
            ("PT30M", "whole hours"),
            ("PT1.5H", "whole hours"),
            ("P", "examples"),
            ("PT", "examples"),
            ("P1DT", "examples"),
            ("P1D2W", "examples"),
            ("PT1H1H", "examples"),
            ("", "examples"),
            ("é", "examples"),
            ("P99999999999999999999D", "too long"),
            ("P9223372036854775807D", "too long"),
        ] {
            let message = parse_duration_hours(text).unwrap_err().to_string();
            assert!(message.contains(said), "{text}: {message}");
            assert!(message.contains(text), "{text}: {message}");
        }
    }
}

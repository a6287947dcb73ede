//! Times as SageMaker and its users write them.

/// Microseconds since the epoch, UTC, of `yyyy-mm-ddThh:mm:ss` (formats.md 1.2).
///
/// A blank may stand instead of `T`. A fraction is optional, digits after the sixth are cut off.
/// `Z`, `±hh:mm`, `±hhmm`, `±hh` or nothing (UTC) may follow. Anything else is `None`.
pub fn parse_time(text: &str) -> Option<i64> {
    let bytes = text.trim_ascii().as_bytes();
    let (clock, rest) = bytes.split_at_checked(19)?;
    let [
        y0,
        y1,
        y2,
        y3,
        b'-',
        m0,
        m1,
        b'-',
        d0,
        d1,
        b'T' | b't' | b' ',
        h0,
        h1,
        b':',
        n0,
        n1,
        b':',
        s0,
        s1,
    ] = *clock
    else {
        return None;
    };
    let year = two(y0, y1)? * 100 + two(y2, y3)?;
    let month = two(m0, m1)?;
    let day = two(d0, d1)?;
    let (hour, minute, second) = (two(h0, h1)?, two(n0, n1)?, two(s0, s1)?);
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (micros, rest) = fraction(rest)?;
    let seconds = days_since_epoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
        - offset_seconds(rest)?;
    Some(seconds * 1_000_000 + micros)
}

/// Microseconds of a fraction, and what follows it.
fn fraction(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let Some(digits) = bytes.strip_prefix(b".") else {
        return Some((0, bytes));
    };
    let count = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    if count == 0 {
        return None;
    }
    let micros = (0..6).fold(0, |sum, place| {
        let digit = match digits.get(place) {
            Some(digit) if place < count => i64::from(digit - b'0'),
            _ => 0,
        };
        sum * 10 + digit
    });
    Some((micros, digits.get(count..)?))
}

/// Seconds east of UTC.
fn offset_seconds(bytes: &[u8]) -> Option<i64> {
    let (sign, hours, minutes) = match *bytes {
        [] | [b'Z' | b'z'] => return Some(0),
        [sign, h0, h1] => (sign, two(h0, h1)?, 0),
        [sign, h0, h1, m0, m1] | [sign, h0, h1, b':', m0, m1] => (sign, two(h0, h1)?, two(m0, m1)?),
        _ => return None,
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = hours * 3600 + minutes * 60;
    match sign {
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

fn days_in_month(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of the proleptic Gregorian calendar: years are counted from March, so that the leap day ends them.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::parse_time;

    const T: i64 = 1_767_323_045_000_000; // 2026-01-02T03:04:05Z

    #[test]
    fn whole_seconds_are_read_as_utc() {
        assert_eq!(parse_time("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(parse_time("2026-01-02T03:04:05Z"), Some(T));
        assert_eq!(parse_time("2026-01-02T03:04:05"), Some(T));
        assert_eq!(parse_time(" 2026-01-02 03:04:05z "), Some(T));
        assert_eq!(
            parse_time("2000-02-29T00:00:00Z"),
            Some(951_782_400_000_000)
        );
        assert_eq!(parse_time("1969-12-31T23:59:59Z"), Some(-1_000_000));
        assert_eq!(
            parse_time("0000-01-01T00:00:00Z"),
            Some(-62_167_219_200_000_000)
        );
        assert_eq!(
            parse_time("9999-12-31T23:59:59Z"),
            Some(253_402_300_799_000_000)
        );
    }

    #[test]
    fn fractions_are_cut_after_microseconds() {
        assert_eq!(parse_time("2026-01-02T03:04:05.5Z"), Some(T + 500_000));
        assert_eq!(
            parse_time("2026-01-02T03:04:05.123456999Z"),
            Some(T + 123_456)
        );
        assert_eq!(parse_time("1969-12-31T23:59:59.25"), Some(-750_000));
    }

    #[test]
    fn offsets_are_subtracted() {
        assert_eq!(parse_time("2026-01-02T05:04:05+02:00"), Some(T));
        assert_eq!(parse_time("2026-01-01T21:34:05-0530"), Some(T));
        assert_eq!(parse_time("2026-01-02T04:04:05.0+01"), Some(T));
    }

    #[test]
    fn anything_else_is_not_a_time() {
        for text in [
            "",
            "2026-01-02",
            "2026-01-02T03:04",
            "2026-13-02T03:04:05Z",
            "2026-02-29T03:04:05Z",
            "1900-02-29T03:04:05Z",
            "2026-01-00T03:04:05Z",
            "2026-01-02T24:04:05Z",
            "2026-01-02T03:60:05Z",
            "2026-01-02T03:04:60Z",
            "2026-01-02T03:04:05.Z",
            "2026-01-02T03:04:05+2",
            "2026-01-02T03:04:05+24:00",
            "2026-01-02T03:04:05ZZ",
            "2026-01-02T03:04:0é",
            "1767323045",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }
}

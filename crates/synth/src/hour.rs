use std::fmt;
use std::str::FromStr;

use crate::text::push_padded;

/// A UTC hour, the unit in which SageMaker lays out folders (formats.md 1.1, 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour {
    /// Hours since 1970-01-01T00, never negative and never past the year 9999.
    since_epoch: u32,
}

/// The text is not `yyyy-mm-ddThh` with a year from 1970 to 2999.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an hour, expected yyyy-mm-ddThh such as 2026-11-01T00")]
pub struct ParseHourError {
    /// What was given.
    pub text: String,
}

impl Hour {
    /// 2026-11-01T00, where a corpus starts unless it is told otherwise.
    pub(crate) const DEFAULT: Self = Self {
        since_epoch: 20_758 * 24,
    };

    /// The hour that begins `hours` later.
    pub fn plus(self, hours: u32) -> Self {
        Self {
            since_epoch: self.since_epoch.saturating_add(hours),
        }
    }

    /// Appends `yyyy/mm/dd/hh`.
    pub(crate) fn push_folder(self, buffer: &mut Vec<u8>) {
        self.push(buffer, b'/', b'/');
    }

    /// Appends `yyyy-mm-ddThh`.
    pub(crate) fn push_hour(self, buffer: &mut Vec<u8>) {
        self.push(buffer, b'-', b'T');
    }

    /// Appends `yyyy-mm-ddThh:mm:ss`, without fraction and zone.
    pub(crate) fn push_time(self, buffer: &mut Vec<u8>, second_of_hour: u64) {
        self.push_hour(buffer);
        buffer.push(b':');
        push_padded(buffer, second_of_hour / 60 % 60, 2);
        buffer.push(b':');
        push_padded(buffer, second_of_hour % 60, 2);
    }

    /// `yyyy/mm/dd/hh`.
    pub(crate) fn folder(self) -> String {
        let mut text = Vec::new();
        self.push_folder(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    }

    fn push(self, buffer: &mut Vec<u8>, between: u8, before_hour: u8) {
        let (year, month, day) = civil(self.since_epoch / 24);
        push_padded(buffer, u64::from(year), 4);
        buffer.push(between);
        push_padded(buffer, u64::from(month), 2);
        buffer.push(between);
        push_padded(buffer, u64::from(day), 2);
        buffer.push(before_hour);
        push_padded(buffer, u64::from(self.since_epoch % 24), 2);
    }
}

impl fmt::Display for Hour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::new();
        self.push_hour(&mut text);
        f.write_str(&String::from_utf8_lossy(&text))
    }
}

impl FromStr for Hour {
    type Err = ParseHourError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| ParseHourError {
            text: text.to_owned(),
        })
    }
}

fn parse(text: &str) -> Option<Hour> {
    let bytes = text.as_bytes();
    if bytes.len() != 13 || bytes[4] != b'-' || bytes[7] != b'-' || bytes[10] != b'T' {
        return None;
    }
    let number = |from: usize, to: usize| -> Option<u32> {
        let digits = text.get(from..to)?;
        let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
        if all_digits {
            digits.parse().ok()
        } else {
            None
        }
    };
    let (year, month, day, hour) = (
        number(0, 4)?,
        number(5, 7)?,
        number(8, 10)?,
        number(11, 13)?,
    );
    if !(1970..=2999).contains(&year) || !(1..=12).contains(&month) || hour > 23 {
        return None;
    }
    if day < 1 || day > days_in_month(year, month) {
        return None;
    }
    let years: u32 = (1970..year).map(days_in_year).sum();
    let months: u32 = (1..month).map(|m| days_in_month(year, m)).sum();
    Some(Hour {
        since_epoch: (years + months + day - 1) * 24 + hour,
    })
}

fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in_year(year: u32) -> u32 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Year, month and day of a day since the epoch. The year is counted in eras of 400 years that begin on
/// March 1st, so that the leap day is the last of its year.
fn civil(days: u32) -> (u32, u32, u32) {
    let shifted = u64::from(days) + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year as u32, month as u32, day as u32)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    #[test]
    fn text_and_hour_agree_over_leap_days_and_year_ends() {
        for text in [
            "1970-01-01T00",
            "2000-02-29T23",
            "2026-11-01T00",
            "2026-12-31T23",
            "2027-01-01T00",
            "2100-03-01T05",
            "2999-12-31T23",
        ] {
            assert_eq!(text.parse::<Hour>().unwrap().to_string(), text);
        }
        assert_eq!("2026-11-01T00".parse(), Ok(Hour::DEFAULT));
    }

    #[test]
    fn the_hour_after_the_last_of_february_is_the_first_of_march() {
        let last: Hour = "2026-02-28T23".parse().unwrap();
        assert_eq!(last.plus(1).folder(), "2026/03/01/00");
    }

    #[test]
    fn texts_that_are_no_hours_are_refused() {
        for text in [
            "",
            "2026-11-01",
            "2026-11-01T24",
            "2026-13-01T00",
            "2026-02-29T00",
            "2026-11-01 00",
            "+026-11-01T00",
            "1969-12-31T23",
            "2026-11-0é00",
        ] {
            assert!(text.parse::<Hour>().is_err(), "{text}");
        }
    }
}

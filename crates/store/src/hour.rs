//! The UTC hour: the unit of every folder, window and output file (design.md "Words").

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::StoreError;

const MICROS: i64 = 3_600_000_000;

/// A UTC hour, counted in hours since 1970-01-01T00.
#[derive(Copy, Clone, Ord, PartialOrd, Eq, PartialEq, Hash, Debug)]
pub struct Hour(i64);

impl Hour {
    /// The hour that a time in microseconds since the epoch lies in.
    pub fn from_micros(micros: i64) -> Self {
        Self(micros.div_euclid(MICROS))
    }

    /// The first microsecond of the hour, since the epoch; at the ends of `i64` for absurd hours.
    pub fn micros(self) -> i64 {
        self.0.saturating_mul(MICROS)
    }

    /// Reads `2026-11-01T00`; also `2026-11-01` (its first hour), `…T00:00`, `…T00:00:00`, each with or
    /// without a final `Z`. Minutes and seconds other than zero, and offsets, are errors that say so.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        parse(text).map_err(|why| StoreError::BadHour {
            text: text.to_owned(),
            why,
        })
    }

    /// `None` where there is no such hour: month 13, 30 February, hour 24.
    pub fn from_parts(year: i64, month: u32, day: u32, hour: u32) -> Option<Self> {
        let valid = (0..=9999).contains(&year)
            && (1..=12).contains(&month)
            && day >= 1
            && day <= days_in_month(year, month)
            && hour <= 23;
        valid.then(|| Self::start_of_day(year, month, day).plus(i64::from(hour)))
    }

    /// The folder, `2026/11/01/00`.
    pub fn path(self) -> String {
        let (year, month, day, hour) = self.parts();
        format!("{year:04}/{month:02}/{day:02}/{hour:02}")
    }

    /// The day, `2026-11-01`.
    pub fn date(self) -> String {
        let (year, month, day, _) = self.parts();
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// The hour of the day, `00` to `23`.
    pub fn hh(self) -> String {
        format!("{:02}", self.0.rem_euclid(24))
    }

    /// The hour this many hours later (earlier if negative); stops at the ends of `i64`.
    pub fn plus(self, hours: i64) -> Self {
        Self(self.0.saturating_add(hours))
    }

    /// Hours from `earlier` to this one.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Year, month, day, hour of the day.
    pub(crate) fn parts(self) -> (i64, u32, u32, u32) {
        let (year, month, day) = civil_from_days(self.0.div_euclid(24));
        (year, month, day, self.0.rem_euclid(24) as u32)
    }

    /// Month 13 is the next year's first, for the ends of spans. Not checked: callers pass real days.
    pub(crate) fn start_of_day(year: i64, month: u32, day: u32) -> Self {
        let (year, month) = if month > 12 {
            (year.saturating_add(1), 1)
        } else {
            (year, month)
        };
        Self(days_from_civil(year, month, day).saturating_mul(24))
    }
}

impl fmt::Display for Hour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day, hour) = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}")
    }
}

/// As text, `"2026-11-01T00"`.
impl Serialize for Hour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hour {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

/// A half-open span of hours, `[from, to)`.
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug)]
pub struct Window {
    pub from: Hour,
    pub to: Hour,
}

impl Window {
    /// An error where `from` is not before `to`; the message names `--from` and `--to`.
    pub fn new(from: Hour, to: Hour) -> Result<Self, StoreError> {
        if from < to {
            Ok(Self { from, to })
        } else {
            Err(StoreError::EmptyWindow { from, to })
        }
    }

    pub fn contains(self, hour: Hour) -> bool {
        self.from <= hour && hour < self.to
    }

    pub fn is_empty(self) -> bool {
        self.from >= self.to
    }

    /// The hours in both; `None` where there are none.
    pub fn intersect(self, other: Self) -> Option<Self> {
        let both = Self {
            from: self.from.max(other.from),
            to: self.to.min(other.to),
        };
        (!both.is_empty()).then_some(both)
    }
}

fn parse(text: &str) -> Result<Hour, &'static str> {
    const SHAPE: &str = "it does not have the shape yyyy-mm-ddThh";
    let text = text.trim();
    let local = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    let (date, time) = match local.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (local, None),
    };
    if time.is_some_and(|time| time.contains(['+', '-'])) {
        return Err("it has an offset, but hours are UTC");
    }
    let mut date = date.split('-');
    let mut part = |length| date.next().and_then(|text| digits(text, length));
    let (Some(year), Some(month), Some(day)) = (part(4), part(2), part(2)) else {
        return Err(SHAPE);
    };
    if date.next().is_some() {
        return Err(SHAPE);
    }
    let mut hour = 0;
    if let Some(time) = time {
        let mut time = time.split(':');
        hour = time.next().and_then(|text| digits(text, 2)).ok_or(SHAPE)?;
        // Minutes, then seconds.
        for text in time.by_ref().take(2) {
            if digits(text, 2).ok_or(SHAPE)? != 0 {
                return Err("its minutes or seconds are not zero, but a window has whole hours");
            }
        }
        if time.next().is_some() {
            return Err(SHAPE);
        }
    }
    Hour::from_parts(i64::from(year), month, day, hour).ok_or("there is no such day or hour")
}

/// Exactly `length` ASCII digits.
pub(crate) fn digits(text: &str, length: usize) -> Option<u32> {
    (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

pub(crate) fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar, counted in 400-year eras from 1 March,
/// so that the leap day is a year's last. Own arithmetic because every `i64` must print, not only the
/// years that a calendar library admits.
fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 {
        year.saturating_sub(1)
    } else {
        year
    };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era.saturating_mul(146_097)
        .saturating_add(day_of_era - 719_468)
}

fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days.saturating_add(719_468);
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u32;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    } as u32;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_hour_is_read() {
        let hour = Hour::from_parts(2026, 11, 1, 5).unwrap();
        for text in [
            "2026-11-01T05",
            "2026-11-01T05Z",
            "2026-11-01T05:00",
            "2026-11-01T05:00Z",
            "2026-11-01T05:00:00Z",
            "2026-11-01 05:00",
        ] {
            assert_eq!(Hour::parse(text).unwrap(), hour, "{text}");
        }
        assert_eq!(Hour::parse("2026-11-01").unwrap(), hour.plus(-5));
        assert_eq!(hour.to_string(), "2026-11-01T05");
        assert_eq!(hour.path(), "2026/11/01/05");
        assert_eq!((hour.date(), hour.hh()), ("2026-11-01".into(), "05".into()));
        assert_eq!(serde_json::to_string(&hour).unwrap(), "\"2026-11-01T05\"");
        assert_eq!(
            serde_json::from_str::<Hour>("\"2026-11-01T05\"").unwrap(),
            hour
        );
    }

    #[test]
    fn what_is_no_hour_says_why() {
        for (text, why) in [
            ("2026-11-01T00:30", "minutes"),
            ("2026-11-01T00:00:01Z", "seconds"),
            ("2026-11-01T00:00+01:00", "offset"),
            ("2026-02-30", "no such day"),
            ("2026-11-01T24", "no such day or hour"),
            ("2026-13-01", "no such day"),
            ("2026-11", "shape"),
            ("26-11-01", "shape"),
            ("yesterday", "shape"),
            ("2026-11-01T00:00:00:00", "shape"),
            ("2026-11-01T", "shape"),
            ("", "shape"),
            ("２026-11-01", "shape"),
        ] {
            let message = Hour::parse(text).unwrap_err().to_string();
            assert!(message.contains(why), "{text}: {message}");
        }
    }

    #[test]
    fn every_day_of_eight_centuries_follows_the_one_before() {
        let mut hour = Hour::from_parts(1600, 1, 1, 0).unwrap();
        let end = Hour::from_parts(2400, 1, 1, 0).unwrap();
        let mut expected = (1600, 1, 1);
        while hour < end {
            let (year, month, day, _) = hour.parts();
            assert_eq!((year, month, day), expected);
            assert_eq!(Hour::from_parts(year, month, day, 0), Some(hour));
            expected = if day < days_in_month(year, month) {
                (year, month, day + 1)
            } else if month < 12 {
                (year, month + 1, 1)
            } else {
                (year + 1, 1, 1)
            };
            hour = hour.plus(24);
        }
        assert_eq!(Hour::from_micros(0).to_string(), "1970-01-01T00");
        assert_eq!(end.since(Hour::from_micros(0)), 3_769_296);
    }

    #[test]
    fn times_before_the_epoch_fall_into_the_hour_that_holds_them() {
        assert_eq!(Hour::from_micros(-1).to_string(), "1969-12-31T23");
        assert_eq!(Hour::from_micros(MICROS - 1).micros(), 0);
        assert_eq!(Hour::from_micros(MICROS).micros(), MICROS);
    }

    #[test]
    fn the_ends_of_the_integers_print_and_do_not_overflow() {
        for hour in [Hour(i64::MAX), Hour(i64::MIN)] {
            assert!(!hour.to_string().is_empty());
            assert!(!hour.plus(1).plus(-2).path().is_empty());
            hour.micros();
        }
    }

    #[test]
    fn a_window_is_half_open_and_never_empty() {
        let hour = Hour::parse("2026-11-01T00").unwrap();
        let window = Window::new(hour, hour.plus(2)).unwrap();
        assert!(window.contains(hour) && window.contains(hour.plus(1)));
        assert!(!window.contains(hour.plus(2)) && !window.contains(hour.plus(-1)));
        assert_eq!(
            Window::new(hour, hour).unwrap_err().to_string(),
            "the window is empty: --from 2026-11-01T00 is not before --to 2026-11-01T00"
        );
        let later = Window::new(hour.plus(1), hour.plus(5)).unwrap();
        assert_eq!(
            window.intersect(later),
            Window::new(hour.plus(1), hour.plus(2)).ok()
        );
        assert_eq!(
            window.intersect(Window::new(hour.plus(2), hour.plus(3)).unwrap()),
            None
        );
    }
}

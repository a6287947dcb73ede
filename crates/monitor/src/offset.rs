//! How far a window's ends are from its run: SageMaker's StartTimeOffset and EndTimeOffset (formats.md 9.3).

use std::fmt;
use std::str::FromStr;

use groundline_store::{DurationError, parse_duration_hours};

use crate::cron::shown;

/// The longest text that is read, in bytes. SageMaker takes 15.
const MAX_BYTES: usize = 64;
/// The furthest offset, in hours: a hundred years of 365 days.
const MAX_HOURS: i64 = 876_000;

/// Whole hours that are added to the time of a run; mostly negative.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Offset(i64);

/// Why a text is no offset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OffsetError {
    #[error("the offset is empty; examples: -P8D, -PT1H, PT0H")]
    Empty,
    #[error(
        "`{text}` is no offset: it is longer than {MAX_BYTES} bytes; examples: -P8D, -PT1H, PT0H"
    )]
    TooLong { text: String },
    #[error(
        "`{text}` is no offset: it is further than a hundred years; examples: -P8D, -PT1H, PT0H"
    )]
    TooFar { text: String },
    #[error(
        "`{text}` is no offset: months and years have no fixed length, so write days: -P30D, -P365D"
    )]
    Calendar { text: String },
    #[error(
        "`{text}` is no offset: windows are of whole hours, so write weeks, days and hours: -P1W, -P8D, -PT1H"
    )]
    NotWholeHours { text: String },
    #[error("`{text}` is no ISO 8601 duration; did you mean `{right}`?")]
    Misspelt { text: String, right: Offset },
    #[error("`{text}` is no ISO 8601 duration; examples: -P8D, -PT1H, -P1DT12H, PT0H")]
    NotADuration { text: String },
}

impl Offset {
    /// Reads an ISO 8601 duration of weeks, days and whole hours: `-P8D`, `-PT1H`, `-P1DT12H`, `PT0H`.
    pub fn parse(text: &str) -> Result<Self, OffsetError> {
        let text = text.trim();
        let said = || shown(text);
        if text.is_empty() {
            return Err(OffsetError::Empty);
        }
        if text.len() > MAX_BYTES {
            return Err(OffsetError::TooLong { text: said() });
        }
        match parse_duration_hours(text) {
            Ok(hours) => Self::of_hours(hours).ok_or_else(|| OffsetError::TooFar { text: said() }),
            Err(DurationError::TooLong { .. }) => Err(OffsetError::TooFar { text: said() }),
            Err(why) => Err(match (respelt(text), why) {
                (Respelt::Calendar, _) | (_, DurationError::Calendar { .. }) => {
                    OffsetError::Calendar { text: said() }
                }
                (Respelt::NotWholeHours, _) | (_, DurationError::NotWholeHours { .. }) => {
                    OffsetError::NotWholeHours { text: said() }
                }
                (Respelt::Right(right), _) => OffsetError::Misspelt {
                    text: said(),
                    right,
                },
                (Respelt::Unknown, _) => OffsetError::NotADuration { text: said() },
            }),
        }
    }

    /// The run itself.
    pub const NONE: Self = Self(0);

    /// `None` beyond a hundred years of 365 days.
    pub fn of_hours(hours: i64) -> Option<Self> {
        (-MAX_HOURS..=MAX_HOURS)
            .contains(&hours)
            .then_some(Self(hours))
    }

    /// Negative before the run.
    pub fn hours(self) -> i64 {
        self.0
    }

    /// As far from the run on its other side.
    pub(crate) fn opposite(self) -> Self {
        Self(-self.0)
    }
}

impl FromStr for Offset {
    type Err = OffsetError;

    fn from_str(text: &str) -> Result<Self, OffsetError> {
        Self::parse(text)
    }
}

/// The shortest spelling in days and hours: `-P8D`, `-P1DT12H`, `PT0H`.
impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        match (self.0.abs() / 24, self.0.abs() % 24) {
            (0, hours) => write!(f, "{sign}PT{hours}H"),
            (days, 0) => write!(f, "{sign}P{days}D"),
            (days, hours) => write!(f, "{sign}P{days}DT{hours}H"),
        }
    }
}

/// What a misspelt duration counts.
enum Respelt {
    Right(Offset),
    Calendar,
    NotWholeHours,
    Unknown,
}

/// Reads counts and units and leaves aside where signs, `P`, `T` and blanks stand: `-PT2D`, `P-2D`, `-2 days`.
fn respelt(text: &str) -> Respelt {
    let mut negative = false;
    let mut rest = String::new();
    for c in text.chars() {
        match c {
            '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' => negative = true,
            c if c.is_whitespace() || c == '+' => {}
            c => rest.extend(c.to_uppercase()),
        }
    }
    let mut rest = rest.strip_prefix('P').unwrap_or(&rest);
    let mut hours = 0_i64;
    let mut time = false;
    let mut minutes = false;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('T') {
            time = true;
            rest = after;
            continue;
        }
        let count_end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (count, after) = rest.split_at(count_end);
        let unit_end = after
            .find(|c: char| c.is_ascii_digit() || c == 'T')
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let Ok(count) = count.parse::<i64>() else {
            return Respelt::Unknown;
        };
        let unit_hours = match unit {
            "W" | "WEEK" | "WEEKS" => 168,
            "D" | "DAY" | "DAYS" => 24,
            "H" | "HOUR" | "HOURS" => 1,
            "Y" | "YEAR" | "YEARS" | "MON" => return Respelt::Calendar,
            "M" if !time => return Respelt::Calendar,
            "M" | "MIN" | "S" | "SEC" => {
                minutes = true;
                0
            }
            _ => return Respelt::Unknown,
        };
        let add = count.checked_mul(unit_hours);
        let Some(sum) = add.and_then(|add| hours.checked_add(add)) else {
            return Respelt::Unknown;
        };
        hours = sum;
        rest = after;
    }
    if minutes {
        return Respelt::NotWholeHours;
    }
    // Nothing but signs and designators counts nothing.
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Respelt::Unknown;
    }
    match Offset::of_hours(if negative { -hours } else { hours }) {
        Some(right) => Respelt::Right(right),
        None => Respelt::Unknown,
    }
}

#[cfg(test)]
mod tests;

//! The times at which an expression fires, found field by field: a search looks at 2,760 months at most.

use std::iter::successors;

use groundline_store::Hour;
use jiff::Timestamp;
use jiff::tz::Offset;

use super::{Cron, YEARS};

const HOUR: i64 = 3_600_000_000;
const MINUTE: i64 = 60_000_000;

impl Cron {
    /// The first firing after a time; `None` where there is none before the year 2200.
    pub fn next_after(&self, micros: i64) -> Option<i64> {
        self.at_or_after(micros.checked_add(1)?)
    }

    /// The first firing at or after a time; `None` where there is none before the year 2200.
    pub fn at_or_after(&self, micros: i64) -> Option<i64> {
        let (first, last) = bounds();
        let hours = micros.saturating_sub(self.minutes());
        // Rounded up: the hour whose minute is at or after the time.
        let hour = hours.div_euclid(HOUR) + i64::from(hours.rem_euclid(HOUR) > 0);
        let hour = hour.max(first);
        let hour = if hour > last {
            None
        } else {
            self.hour_from(hour)
        };
        Some(hour?.micros() + self.minutes())
    }

    /// The last firing before a time; `None` where there is none since 1970.
    pub fn previous_before(&self, micros: i64) -> Option<i64> {
        self.at_or_before(micros.checked_sub(1)?)
    }

    /// The last firing at or before a time; `None` where there is none since 1970.
    pub fn at_or_before(&self, micros: i64) -> Option<i64> {
        let (first, last) = bounds();
        let hour = micros.saturating_sub(self.minutes()).div_euclid(HOUR);
        let hour = hour.min(last);
        let hour = if hour < first {
            None
        } else {
            self.hour_to(hour)
        };
        Some(hour?.micros() + self.minutes())
    }

    /// Whether it fires at this time, to the microsecond.
    pub fn fires_at(&self, micros: i64) -> bool {
        self.at_or_after(micros) == Some(micros)
    }

    /// The firings in `[from, to)`, ascending.
    pub fn firings(&self, from: i64, to: i64) -> impl Iterator<Item = i64> {
        successors(self.at_or_after(from), |at| self.next_after(*at)).take_while(move |at| *at < to)
    }

    fn minutes(&self) -> i64 {
        i64::from(self.minute) * MINUTE
    }

    /// The first hour from this one on, counted since the epoch, in which it fires.
    fn hour_from(&self, hour: i64) -> Option<Hour> {
        let start = Parts::of(hour)?;
        for year in self.years.between(start.year, u8::MAX) {
            let same_year = year == start.year;
            let month_from = if same_year { start.month } else { 1 };
            for month in self.months.between(month_from, 12) {
                let same_month = same_year && month == start.month;
                let day_from = if same_month { start.day } else { 1 };
                for day in self.days_of(year, month).between(day_from, 31) {
                    let same_day = same_month && day == start.day;
                    let hour_from = if same_day { start.hour } else { 0 };
                    if let Some(hour) = self.hours.between(hour_from, 23).next() {
                        return Parts::hour(year, month, day, hour);
                    }
                }
            }
        }
        None
    }

    /// The last hour up to this one, counted since the epoch, in which it fires.
    fn hour_to(&self, hour: i64) -> Option<Hour> {
        let end = Parts::of(hour)?;
        for year in self.years.between(0, end.year).rev() {
            let same_year = year == end.year;
            let month_to = if same_year { end.month } else { 12 };
            for month in self.months.between(1, month_to).rev() {
                let same_month = same_year && month == end.month;
                let day_to = if same_month { end.day } else { 31 };
                for day in self.days_of(year, month).between(1, day_to).rev() {
                    let same_day = same_month && day == end.day;
                    let hour_to = if same_day { end.hour } else { 23 };
                    if let Some(hour) = self.hours.between(0, hour_to).next_back() {
                        return Parts::hour(year, month, day, hour);
                    }
                }
            }
        }
        None
    }

    fn days_of(&self, year: u8, month: u8) -> super::Values {
        let year = i16::from(year) + YEARS.0.cast_signed();
        self.days.of(year, month.cast_signed())
    }
}

/// The first and the last hour of [`YEARS`], counted since the epoch, which is the first.
fn bounds() -> (i64, i64) {
    let end = Hour::from_parts(i64::from(YEARS.1), 12, 31, 23);
    (0, end.map_or(0, |end| end.since(Hour::from_micros(0))))
}

/// An hour by the calendar; the year counts from 1970.
struct Parts {
    year: u8,
    month: u8,
    day: u8,
    hour: u8,
}

impl Parts {
    fn of(hour: i64) -> Option<Self> {
        let time = Timestamp::from_second(hour.checked_mul(3_600)?).ok()?;
        let time = Offset::UTC.to_datetime(time);
        Some(Self {
            year: u8::try_from(time.year() - YEARS.0.cast_signed()).ok()?,
            month: time.month().unsigned_abs(),
            day: time.day().unsigned_abs(),
            hour: time.hour().unsigned_abs(),
        })
    }

    fn hour(year: u8, month: u8, day: u8, hour: u8) -> Option<Hour> {
        let year = i64::from(year) + i64::from(YEARS.0);
        Hour::from_parts(year, month.into(), day.into(), hour.into())
    }
}

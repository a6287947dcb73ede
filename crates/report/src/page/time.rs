//! UTC times in words, and where the ticks of a time axis go.

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan};

use super::data::Span;

pub(super) const HOUR: i64 = 3_600_000_000;
pub(super) const DAY: i64 = 24 * HOUR;

/// The UTC date and time; of what is beyond the year 9999, the end of the calendar.
fn civil(micros: i64) -> DateTime {
    let end = if micros < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    Offset::UTC.to_datetime(Timestamp::from_microsecond(micros).unwrap_or(end))
}

fn micros(time: DateTime) -> Option<i64> {
    Offset::UTC
        .to_timestamp(time)
        .ok()
        .map(Timestamp::as_microsecond)
}

/// `3 Nov 2026 06:00`; seconds only where there are any.
pub(super) fn instant(time: i64) -> String {
    let time = civil(time);
    match time.second() {
        0 => time.strftime("%-d %b %Y %H:%M").to_string(),
        _ => time.strftime("%-d %b %Y %H:%M:%S").to_string(),
    }
}

/// `3 to 9 Nov 2026` of whole days, its last day said; otherwise both ends with their time.
pub(super) fn span(span: Span) -> String {
    if !is_days(span) {
        let same = civil(span.from).date() == civil(span.to).date();
        return match same {
            true => window(span),
            false => format!("{} to {}", instant(span.from), instant(span.to)),
        };
    }
    let (first, last) = (civil(span.from).date(), civil(span.to - 1).date());
    let year = |date: Date| date.strftime("%-d %b %Y").to_string();
    if first == last {
        return year(first);
    }
    let start = match (first.year() == last.year(), first.month() == last.month()) {
        (true, true) => first.strftime("%-d"),
        (true, false) => first.strftime("%-d %b"),
        _ => first.strftime("%-d %b %Y"),
    };
    format!("{start} to {}", year(last))
}

/// One window of a chart: `3 Nov 06:00 to 07:00`.
pub(super) fn window(span: Span) -> String {
    let (from, to) = (civil(span.from), civil(span.to));
    if is_days(span) {
        return match span.to - span.from <= DAY {
            true => from.strftime("%-d %b %Y").to_string(),
            false => self::span(span),
        };
    }
    match from.date() == to.date() {
        true => format!(
            "{} to {}",
            from.strftime("%-d %b %Y %H:%M"),
            to.strftime("%H:%M")
        ),
        false => format!(
            "{} to {}",
            from.strftime("%-d %b %H:%M"),
            to.strftime("%-d %b %Y %H:%M")
        ),
    }
}

fn is_days(span: Span) -> bool {
    span.from < span.to && span.from.rem_euclid(DAY) == 0 && span.to.rem_euclid(DAY) == 0
}

/// `1 hour`, `7 days`: how long windows are.
pub(super) fn length(micros: i64) -> String {
    let said = |number: i64, unit: &str| match number {
        1 => format!("1 {unit}"),
        _ => format!("{number} {unit}s"),
    };
    match micros {
        days if days > 0 && days % DAY == 0 => said(days / DAY, "day"),
        hours if hours > 0 && hours % HOUR == 0 => said(hours / HOUR, "hour"),
        other => super::number::hours(other as f64 / HOUR as f64),
    }
}

/// Distances of ticks, from short to long.
#[derive(Clone, Copy)]
enum Step {
    Hours(i64),
    Days(i64),
    Months(i32),
}

impl Step {
    const ALL: [Self; 17] = [
        Self::Hours(1),
        Self::Hours(3),
        Self::Hours(6),
        Self::Hours(12),
        Self::Days(1),
        Self::Days(2),
        Self::Days(7),
        Self::Days(14),
        Self::Months(1),
        Self::Months(3),
        Self::Months(6),
        Self::Months(12),
        Self::Months(24),
        Self::Months(60),
        Self::Months(120),
        Self::Months(1_200),
        Self::Months(12_000),
    ];

    /// About how long it is.
    fn micros(self) -> i64 {
        match self {
            Self::Hours(hours) => hours * HOUR,
            Self::Days(days) => days * DAY,
            Self::Months(months) => i64::from(months) * 30 * DAY,
        }
    }

    /// The first tick at or before a time. Weeks begin on Monday.
    fn floor(self, time: i64) -> Option<i64> {
        let date = civil(time).date();
        Some(match self {
            // The epoch is a Thursday; four days later is a Monday.
            Self::Days(days) if days % 7 == 0 => {
                let monday = 4 * DAY;
                monday + (time - monday).div_euclid(days * DAY) * days * DAY
            }
            Self::Hours(_) | Self::Days(_) => {
                let step = self.micros();
                time.div_euclid(step) * step
            }
            Self::Months(months) => {
                let month = i32::from(date.year()) * 12 + i32::from(date.month()) - 1;
                let first = month.div_euclid(months) * months;
                let year = i16::try_from(first.div_euclid(12)).ok()?;
                let month = i8::try_from(first.rem_euclid(12) + 1).ok()?;
                micros(
                    Date::new(year, month, 1)
                        .ok()?
                        .to_datetime(jiff::civil::Time::midnight()),
                )?
            }
        })
    }

    fn next(self, tick: i64) -> Option<i64> {
        match self {
            Self::Months(months) => micros(civil(tick).checked_add(months.months()).ok()?),
            _ => tick.checked_add(self.micros()),
        }
    }

    fn label(self, tick: i64) -> String {
        let time = civil(tick);
        let form = match self {
            Self::Hours(_) if time.hour() != 0 => "%H:%M",
            Self::Hours(_) | Self::Days(_) => "%-d %b",
            Self::Months(months) if months < 12 && time.month() != 1 => "%b",
            Self::Months(_) => "%Y",
        };
        time.strftime(form).to_string()
    }
}

/// Ticks inside a span with their labels, at most `most` (at least 2).
pub(super) fn ticks(span: Span, most: usize) -> Vec<(i64, String)> {
    let most = most.max(2);
    let length = span.to.saturating_sub(span.from).max(1);
    // Names of months are short.
    let room = |step: &Step| match step {
        Step::Months(_) => most * 3 / 2,
        _ => most,
    };
    let fits = |step: &Step| length / step.micros() < room(step) as i64;
    let Some(step) = Step::ALL.into_iter().find(fits) else {
        return Vec::new();
    };
    let mut ticks = Vec::new();
    let mut next = step.floor(span.from);
    while let Some(tick) = next.filter(|&tick| tick <= span.to && ticks.len() <= most * 3 / 2) {
        if tick >= span.from {
            ticks.push((tick, step.label(tick)));
        }
        next = step.next(tick);
    }
    ticks
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_microsecond()
    }

    fn between(from: &str, to: &str) -> Span {
        Span {
            from: at(from),
            to: at(to),
        }
    }

    #[test]
    fn spans_of_days_name_their_last_day() {
        for (from, to, text) in [
            ("2026-11-01T00:00Z", "2026-12-01T00:00Z", "1 to 30 Nov 2026"),
            ("2026-11-01T00:00Z", "2026-11-02T00:00Z", "1 Nov 2026"),
            (
                "2026-12-28T00:00Z",
                "2027-01-04T00:00Z",
                "28 Dec 2026 to 3 Jan 2027",
            ),
            (
                "2026-11-01T13:00Z",
                "2026-11-08T13:00Z",
                "1 Nov 2026 13:00 to 8 Nov 2026 13:00",
            ),
        ] {
            assert_eq!(span(between(from, to)), text);
        }
        assert_eq!(
            window(between("2026-11-03T06:00Z", "2026-11-03T07:00Z")),
            "3 Nov 2026 06:00 to 07:00"
        );
    }

    #[test]
    fn ticks_are_at_round_times() {
        let labels = |from, to, most| -> Vec<String> {
            ticks(between(from, to), most)
                .into_iter()
                .map(|tick| tick.1)
                .collect()
        };
        assert_eq!(
            labels("2026-11-01T00:00Z", "2026-12-01T00:00Z", 6),
            ["2 Nov", "9 Nov", "16 Nov", "23 Nov", "30 Nov"]
        );
        assert_eq!(
            labels("2026-11-01T20:00Z", "2026-11-02T14:00Z", 6),
            ["2 Nov", "06:00", "12:00"]
        );
        assert_eq!(
            labels("2026-10-15T00:00Z", "2027-04-02T00:00Z", 6),
            ["Nov", "Dec", "2027", "Feb", "Mar", "Apr"]
        );
    }

    #[test]
    fn no_span_is_too_long_or_too_short() {
        for span in [
            Span {
                from: i64::MIN,
                to: i64::MAX,
            },
            Span { from: 5, to: 5 },
            Span { from: 9, to: 3 },
            Span {
                from: i64::MAX - 1,
                to: i64::MAX,
            },
        ] {
            assert!(ticks(span, 6).len() <= 10);
            window(span);
            super::span(span);
        }
    }
}

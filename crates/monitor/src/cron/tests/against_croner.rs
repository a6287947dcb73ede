//! A year of firings as croner, an independent parser, has them.
//!
//! Both grammars are translated, since croner's own differ: it has seconds first; what it says in AWS's terms it says
//! with `alternative_weekdays` (1 is Sunday) and `sloppy_ranges` (`0/6`). Where we depart from it on purpose:
//!
//! - `*/2` in a day field beside a restricted one: vixie cron wants both to agree, croner either. It is asked for both.
//! - `2/3` of plain cron's weekdays: croner steps on to 7, which is Sunday again; we stop at 6. It is given `2-6/3`.
//! - `SUN-SUN`: croner reads `0-7`, every day; we read Sunday alone. It is given `SUN`.
//! - AWS's `L` for the day of the week is its last day, Saturday; croner has no such word and is given 7.

use std::cmp::Ordering;

use croner::errors::CronError as CronerError;
use croner::parser::CronParser;
use croner::{CivilDate, CivilDateTime, CivilTime, CronDateTime, Resolution, Weekday};
use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::brute_force::parsed;
use super::random::{AwsDays, Days, Expression, Field, Item, WEEK, aws, plain};
use super::*;

/// A UTC time in croner's terms.
#[derive(Clone, Debug)]
struct Utc(DateTime);

impl CronDateTime for Utc {
    fn to_civil(&self) -> CivilDateTime {
        let (date, time) = (self.0.date(), self.0.time());
        CivilDateTime::new(
            CivilDate::from_ymd_opt(date.year().into(), date.month() as u32, date.day() as u32)
                .unwrap(),
            CivilTime::from_hms_opt(
                time.hour() as u32,
                time.minute() as u32,
                time.second() as u32,
            )
            .unwrap(),
        )
    }

    fn civil_weekday(&self) -> Weekday {
        Weekday::from_days_from_sunday(self.0.weekday().to_sunday_zero_offset() as u32)
    }

    fn resolve_civil(&self, civil: CivilDateTime) -> Result<Resolution<Self>, CronerError> {
        let time = DateTime::new(
            civil.year() as i16,
            civil.month() as i8,
            civil.day() as i8,
            civil.hour() as i8,
            civil.minute() as i8,
            civil.second() as i8,
            0,
        );
        let time = time.map_err(|_| CronerError::InvalidDate)?;
        Ok(Resolution::Single(Self(time)))
    }

    fn checked_add_seconds(&self, seconds: i64) -> Option<Self> {
        let time = self.0.checked_add(SignedDuration::from_secs(seconds));
        time.ok().map(Self)
    }

    fn cmp_instant(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

fn croner(expression: &Expression) -> croner::Cron {
    let minute = expression.minute;
    let hours = expression.hours.text(&[], 0);
    let months = expression.months.text(&random::MONTHS, 1);
    let years = expression.years.text(&[], 0);
    let mut parser = CronParser::builder().sloppy_ranges(true);
    let (month, week) = match &expression.days {
        Days::Aws(days) => {
            parser = parser.alternative_weekdays(true);
            match days {
                AwsDays::Month(field) => (field.text(&[], 0), "?".to_owned()),
                AwsDays::Week(field) => ("?".to_owned(), field.text(&WEEK, 1)),
                AwsDays::Last => ("L".to_owned(), "?".to_owned()),
                AwsDays::LastWorkday => ("LW".to_owned(), "?".to_owned()),
                AwsDays::Nearest(day) => (format!("{day}W"), "?".to_owned()),
                AwsDays::Nth(day, nth) => ("?".to_owned(), format!("{day}#{nth}")),
                AwsDays::LastOf(day) => ("?".to_owned(), format!("{day}L")),
                AwsDays::LastOfWeek => ("?".to_owned(), "7".to_owned()),
            }
        }
        Days::Plain { month, week } => {
            parser = parser.dom_and_dow(month.begins_with_star() || week.begins_with_star());
            (month.text(&[], 0), up_to_saturday(week).text(&WEEK, 0))
        }
    };
    let text = format!("0 {minute} {hours} {month} {months} {week} {years}");
    let parsed = parser.build().parse(&text);
    parsed.map_err(|error| format!("{text}: {error}")).unwrap()
}

fn up_to_saturday(week: &Field) -> Field {
    let mut week = week.clone();
    for item in &mut week.items {
        match *item {
            Item::OneStep(from, step) => *item = Item::RangeStep(from, 6.max(from), step),
            Item::Range(0, 0) | Item::RangeStep(0, 0, _) => *item = Item::One(0),
            _ => {}
        }
    }
    week
}

/// All firings of a year; croner's own loop, from the second before the year.
fn year_of(croner: &croner::Cron, year: u16) -> Vec<i64> {
    let first = DateTime::new(year as i16, 1, 1, 0, 0, 0, 0).unwrap();
    let mut at = Utc(first);
    let mut inclusive = true;
    let mut fired = Vec::new();
    while let Ok(next) = croner.find_next_occurrence(&at, inclusive) {
        if next.0.year() != year as i16 {
            break;
        }
        let zoned = next.0.to_zoned(TimeZone::UTC).unwrap();
        fired.push(zoned.timestamp().as_microsecond());
        (at, inclusive) = (next, false);
    }
    fired
}

fn agrees(expression: &Expression, year: u16) -> Result<(), TestCaseError> {
    let Some(cron) = parsed(expression, year) else {
        return Ok(());
    };
    let from = micros(&format!("{year}-01-01T00:00:00Z"));
    let to = micros(&format!("{}-01-01T00:00:00Z", year + 1));
    let ours: Vec<i64> = cron.firings(from, to).collect();
    prop_assert_eq!(
        ours,
        year_of(&croner(expression), year),
        "{}",
        expression.text()
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_year_of_aws_expressions_is_as_croner_has_it(expression in aws(), year in 2020_u16..=2035) {
        agrees(&expression, year)?;
    }

    #[test]
    fn a_year_of_plain_expressions_is_as_croner_has_it(expression in plain(), year in 2020_u16..=2035) {
        agrees(&expression, year)?;
    }
}

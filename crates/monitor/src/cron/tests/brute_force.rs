//! Every hour of a year is asked whether an expression fires in it, by a walk and rules that share nothing with
//! the code: no sets, no calendar library, no search.

use proptest::prelude::*;

use super::random::{AwsDays, Days, Expression, Field, Item, any_grammar};
use super::*;

const HOUR: i64 = 3_600_000_000;

/// A day of the walk.
struct Day {
    year: u16,
    month: u16,
    day: u16,
    /// From Sunday, 0.
    weekday: u16,
    /// Days of its month.
    length: u16,
}

/// A value matches where some item of the field says so.
fn has(field: &Field, value: u16, min: u16, max: u16) -> bool {
    let on = |from: u16, to: u16, step: u16| {
        from <= value && value <= to && (value - from).is_multiple_of(step)
    };
    field.items.iter().any(|item| match *item {
        Item::Star => true,
        Item::StarStep(step) => on(min, max, step),
        Item::One(one) => one == value,
        Item::OneStep(from, step) => on(from, max, step),
        Item::Range(from, to) => on(from, to, 1),
        Item::RangeStep(from, to, step) => on(from, to, step),
    })
}

fn is_workday(weekday: u16) -> bool {
    (1..=5).contains(&weekday)
}

impl Day {
    fn fires(&self, expression: &Expression) -> bool {
        has(&expression.years, self.year, 1970, 2199)
            && has(&expression.months, self.month, 1, 12)
            && match &expression.days {
                Days::Aws(days) => self.fires_aws(days),
                Days::Plain { month, week } => {
                    let by_month = has(month, self.day, 1, 31);
                    let sunday = self.weekday == 0 && has(week, 7, 0, 6);
                    let by_week = has(week, self.weekday, 0, 6) || sunday;
                    if month.begins_with_star() || week.begins_with_star() {
                        by_month && by_week
                    } else {
                        by_month || by_week
                    }
                }
            }
    }

    fn fires_aws(&self, days: &AwsDays) -> bool {
        let last = self.day == self.length;
        match days {
            AwsDays::Month(field) => has(field, self.day, 1, 31),
            AwsDays::Week(field) => has(field, self.weekday + 1, 1, 7),
            AwsDays::Last => last,
            // A workday after which only Saturdays and Sundays come.
            AwsDays::LastWorkday => {
                let after = self.day + 1..=self.length;
                let rest = after.map(|day| (self.weekday + day - self.day) % 7);
                is_workday(self.weekday) && !rest.into_iter().any(is_workday)
            }
            // Of all workdays of the month the nearest; they are never equally near but on weekends, where Saturday is
            // nearer to Friday and Sunday to Monday.
            AwsDays::Nearest(day) => {
                let weekday = |other: u16| (self.weekday + 35 + other - self.day) % 7;
                let workdays = (1..=self.length).filter(|other| is_workday(weekday(*other)));
                let nearest = workdays.min_by_key(|other| other.abs_diff(*day));
                *day <= self.length && nearest == Some(self.day)
            }
            AwsDays::Nth(day, nth) => self.weekday + 1 == *day && (self.day - 1) / 7 + 1 == *nth,
            AwsDays::LastOf(day) => self.weekday + 1 == *day && self.day + 7 > self.length,
            AwsDays::LastOfWeek => self.weekday == 6,
        }
    }
}

/// The firings of a year, and its first and last microsecond; the walk begins on Thursday, 1970-01-01.
fn walk(expression: &Expression, year: u16) -> (Vec<i64>, i64, i64) {
    let mut fired = Vec::new();
    let mut hours = 0_i64;
    let mut weekday = 4;
    let mut start = 0;
    for y in 1970..=year {
        if y == year {
            start = hours;
        }
        for month in 1..=12 {
            let leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
            let length = match month {
                2 if leap => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            for day in 1..=length {
                let today = Day {
                    year: y,
                    month,
                    day,
                    weekday,
                    length,
                };
                if y == year && today.fires(expression) {
                    for hour in (0..24).filter(|hour| has(&expression.hours, *hour, 0, 23)) {
                        let minutes = i64::from(expression.minute) * 60_000_000;
                        fired.push((hours + i64::from(hour)) * HOUR + minutes);
                    }
                }
                hours += 24;
                weekday = (weekday + 1) % 7;
            }
        }
    }
    (fired, start * HOUR, hours * HOUR)
}

/// `None` for what never fires; that it does not in this year is checked.
pub(super) fn parsed(expression: &Expression, year: u16) -> Option<Cron> {
    let text = expression.text();
    match Cron::parse(&text) {
        Ok(cron) => Some(cron),
        Err(error) => {
            assert_eq!(error.problem(), &CronProblem::Never, "{error}");
            assert_eq!(walk(expression, year).0, [0_i64; 0], "{error}");
            None
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_year_of_firings_is_as_counted_hour_by_hour(
        expression in any_grammar(),
        year in 1970_u16..=2199,
    ) {
        let Some(cron) = parsed(&expression, year) else {
            return Ok(());
        };
        let (expected, from, to) = walk(&expression, year);
        let text = expression.text();
        prop_assert_eq!(cron.firings(from, to).collect::<Vec<_>>(), &expected[..], "{}", text);
        let backwards = std::iter::successors(cron.previous_before(to), |at| cron.previous_before(*at));
        let mut backwards: Vec<i64> = backwards.take_while(|at| *at >= from).collect();
        backwards.reverse();
        prop_assert_eq!(backwards, expected, "{}", text);
    }

    #[test]
    fn a_search_from_any_instant_finds_the_neighbours(
        expression in any_grammar(),
        year in 2020_u16..=2035,
        shares in prop::collection::vec((0.0..1.0, -1_i64..=1), 20),
    ) {
        let Some(cron) = parsed(&expression, year) else {
            return Ok(());
        };
        let (expected, from, to) = walk(&expression, year);
        for (share, beside) in shares {
            // Half of them at a firing or a microsecond beside it, half anywhere.
            let at = match expected.get((share * 2.0 * expected.len() as f64) as usize) {
                Some(at) => at + beside,
                None => from + ((to - from) as f64 * share) as i64,
            };
            let text = expression.text();
            let within = |at: &i64| (from..to).contains(at);
            let after = expected.iter().copied().find(|fired| *fired > at);
            let before = expected.iter().copied().rfind(|fired| *fired < at);
            prop_assert_eq!(cron.next_after(at).filter(within), after, "{} {}", text, at);
            prop_assert_eq!(cron.previous_before(at).filter(within), before, "{} {}", text, at);
            let here = expected.contains(&at);
            prop_assert_eq!(cron.fires_at(at), here, "{} {}", text, at);
            let (from_here, to_here) = if here { (Some(at), Some(at)) } else { (after, before) };
            prop_assert_eq!(cron.at_or_after(at).filter(within), from_here, "{} {}", text, at);
            prop_assert_eq!(cron.at_or_before(at).filter(within), to_here, "{} {}", text, at);
        }
    }

    #[test]
    fn the_normal_form_means_the_same_and_stays(expression in any_grammar()) {
        let Some(cron) = parsed(&expression, 2026) else {
            return Ok(());
        };
        let normal = cron.to_string();
        let again = Cron::parse(&normal).unwrap();
        prop_assert_eq!(&again, &cron, "{} {}", expression.text(), normal);
        prop_assert_eq!(again.to_string(), normal);
        prop_assert!(!cron.describe().is_empty());
    }

    #[test]
    fn no_text_makes_it_fail_otherwise_than_by_an_error(text in "\\PC{0,60}|[-0-9*?/,LW#@a-z() ]{0,60}|cron\\([-0-9*?/,LW# ]{0,40}\\)") {
        match Cron::parse(&text) {
            Ok(cron) => prop_assert!(cron.at_or_after(0).is_some()),
            Err(error) => {
                prop_assert!(error.right().is_none_or(|right| Cron::parse(right).is_ok()), "{}", error);
                prop_assert!(error.to_string().len() < 1_200);
            }
        }
    }
}

//! An expression as text: its normal form, and what it means in words.

use super::days::{DayField, Days};
use super::field::WEEKDAYS;
use super::read::every_year;
use super::values::Values;
use super::{Cron, Grammar, YEARS};

/// The expression in this grammar, which must be able to say it; see [`as_aws`].
pub(super) fn normal_form(cron: &Cron, grammar: Grammar) -> String {
    let minute = cron.minute;
    let hours = Numbers::new(cron.hours, 0, 23).text(grammar);
    let months = Numbers::new(cron.months, 1, 12).text(grammar);
    let (days, week) = day_fields(&cron.days, grammar);
    let fields = format!("{minute} {hours} {days} {months} {week}");
    match grammar {
        Grammar::Aws => {
            let last = u8::try_from(YEARS.1 - YEARS.0).unwrap_or(u8::MAX);
            let years = Numbers {
                offset: YEARS.0,
                ..Numbers::new(cron.years, 0, last)
            };
            format!("cron({fields} {})", years.text(grammar))
        }
        Grammar::Plain => fields,
    }
}

/// The expression in AWS's grammar; `None` where it fires by both day fields, which AWS cannot say.
pub(super) fn as_aws(cron: &Cron) -> Option<String> {
    let both = matches!(cron.days, Days::Either { .. } | Days::Both { .. });
    (!both).then(|| normal_form(cron, Grammar::Aws))
}

fn day_fields(days: &Days, grammar: Grammar) -> (String, String) {
    let open = match grammar {
        Grammar::Aws => "?",
        Grammar::Plain => "*",
    };
    let by_month = |text: String| (text, open.to_owned());
    let by_week = |text: String| (open.to_owned(), text);
    match days {
        // As SageMaker writes it: `?` for the day of the month.
        Days::Every => by_week("*".to_owned()),
        Days::OfMonth(values) => by_month(month_days(values, grammar)),
        Days::OfWeek(values) => by_week(week_days(values, grammar)),
        Days::Either { month, week } => (month_days(month, grammar), week_days(week, grammar)),
        Days::Both { month, week } => (
            starred(month, (1, 31), |values| month_days(values, grammar)),
            starred(week, (0, 6), |values| week_days(values, grammar)),
        ),
        Days::Last => by_month("L".to_owned()),
        Days::LastWorkday => by_month("LW".to_owned()),
        Days::NearestWorkday(day) => by_month(format!("{day}W")),
        Days::Nth { weekday, nth } => by_week(format!("{}#{nth}", weekday_name(*weekday))),
        Days::LastOfWeek(weekday) => by_week(format!("{}L", weekday + 1)),
    }
}

/// Never with a `*` first, which would change what both day fields mean together.
fn month_days(values: &Values, grammar: Grammar) -> String {
    let days = Numbers::new(*values, 1, 31);
    match grammar {
        Grammar::Aws => days.text(grammar),
        Grammar::Plain => days.list(&|day| day.to_string()),
    }
}

fn week_days(values: &Values, grammar: Grammar) -> String {
    let label: fn(u8) -> String = match grammar {
        Grammar::Aws => weekday_name,
        Grammar::Plain => |day| day.to_string(),
    };
    Numbers::new(*values, 0, 6).list(&label)
}

/// A day field that begins with `*/step` says so, and lists what more it has.
fn starred(field: &DayField, (first, last): (u8, u8), text: impl Fn(&Values) -> String) -> String {
    let Some(step) = field.star else {
        return text(&field.values);
    };
    let by_step = (first..=last).step_by(usize::from(step.max(1))).collect();
    let more = field.values.without(&by_step);
    if more == Values::default() {
        format!("*/{step}")
    } else {
        format!("*/{step},{}", text(&more))
    }
}

/// The values of a field that is written in numbers.
struct Numbers {
    values: Values,
    first: u8,
    last: u8,
    /// Of what is written over what is stored.
    offset: u16,
}

impl Numbers {
    fn new(values: Values, first: u8, last: u8) -> Self {
        Self {
            values,
            first,
            last,
            offset: 0,
        }
    }

    fn text(&self, grammar: Grammar) -> String {
        let label = |value: u8| (u16::from(value) + self.offset).to_string();
        if self.values == Values::range(self.first, self.last) {
            return "*".to_owned();
        }
        match (self.progression(), grammar) {
            (Some((from, step)), Grammar::Aws) => format!("{}/{step}", label(from)),
            (Some((from, step)), Grammar::Plain) if from == self.first => format!("*/{step}"),
            (Some((from, step)), Grammar::Plain) => {
                format!("{}-{}/{step}", label(from), label(self.last))
            }
            (None, _) => self.list(&label),
        }
    }

    /// Start and step of values that go on in equal steps of 2 or more to the field's end. Of two values only where
    /// the step divides the field, as in `0/12`: `3,20` is plainer than `3/17`.
    fn progression(&self) -> Option<(u8, u8)> {
        let mut values = self.values.iter();
        let (from, second) = (values.next()?, values.next()?);
        let step = second - from;
        let length = self.last - self.first + 1;
        let plain = self.values.len() > 2 || length.is_multiple_of(step);
        let all = (from..=self.last).step_by(usize::from(step)).collect();
        (step > 1 && plain && self.values == all).then_some((from, step))
    }

    /// `1-5,8,10`: three and more neighbours are a range, and five and more at equal steps, `1-9/2`.
    fn list(&self, label: &dyn Fn(u8) -> String) -> String {
        let mut parts = Vec::new();
        let mut covered = Values::default();
        for from in self.values.iter() {
            if covered.contains(from) {
                continue;
            }
            let Some((to, step)) = self.longest_from(from, &covered) else {
                covered.insert(from);
                parts.push(label(from));
                continue;
            };
            let range = format!("{}-{}", label(from), label(to));
            parts.push(match step {
                1 => range,
                _ => format!("{range}/{step}"),
            });
            let values = (from..=to).step_by(usize::from(step)).collect();
            covered = covered.or(&values);
        }
        parts.join(",")
    }

    /// Last and step of the range from this value that names most values which are not covered yet, if it names
    /// enough of them to be plainer than a list.
    fn longest_from(&self, from: u8, covered: &Values) -> Option<(u8, u8)> {
        let mut longest = None;
        for step in 1..=self.last.saturating_sub(from) {
            let steps = (from..=self.last).step_by(usize::from(step));
            let values: Values = steps
                .take_while(|value| self.values.contains(*value))
                .collect();
            let to = values.iter().next_back().unwrap_or(from);
            let named = values.without(covered).len();
            let enough = if step == 1 { 3 } else { 5 };
            if named >= enough && longest.is_none_or(|(most, _, _)| named > most) {
                longest = Some((named, to, step));
            }
        }
        longest.map(|(_, to, step)| (to, step))
    }
}

/// First and last of each stretch of neighbours.
fn runs(values: &Values) -> Vec<(u8, u8)> {
    let mut runs: Vec<(u8, u8)> = Vec::new();
    for value in values.iter() {
        match runs.last_mut() {
            Some((_, to)) if *to + 1 == value => *to = value,
            _ => runs.push((value, value)),
        }
    }
    runs
}

fn weekday_name(weekday: u8) -> String {
    let name = WEEKDAYS.get(usize::from(weekday));
    name.copied().unwrap_or_default().to_owned()
}

/// `None` where it would be longer than the expression.
pub(super) fn describe(cron: &Cron) -> Option<String> {
    if cron.months != Values::range(1, 12) || cron.years != every_year() {
        return None;
    }
    let days = days_in_words(&cron.days)?;
    let minute = cron.minute;
    let hours = Numbers::new(cron.hours, 0, 23);
    if cron.hours == Values::range(0, 23) {
        return Some(match days.as_str() {
            "daily" => format!("every hour at minute {minute}"),
            days => format!("{days}, every hour at minute {minute}"),
        });
    }
    let times: Vec<String> = cron
        .hours
        .iter()
        .map(|hour| format!("{hour:02}:{minute:02}"))
        .collect();
    let times = match (times.len(), hours.progression()) {
        (1..=6, _) => listed(&times),
        (_, Some((from, step))) => {
            format!("{from:02}:{minute:02} and every {step} hours until midnight")
        }
        _ => return None,
    };
    Some(format!("{days} at {times} UTC"))
}

fn days_in_words(days: &Days) -> Option<String> {
    Some(match days {
        Days::Every => "daily".to_owned(),
        Days::OfWeek(values) => {
            let mut parts = Vec::new();
            for (from, to) in runs(values) {
                match to - from {
                    0 => parts.push(long_name(from)),
                    1 => parts.extend([long_name(from), long_name(to)]),
                    _ => parts.push(format!("{} to {}", long_name(from), long_name(to))),
                }
            }
            format!("every {}", listed(&parts))
        }
        Days::OfMonth(values) if values.len() <= 6 => {
            let days: Vec<String> = values.iter().map(|day| day.to_string()).collect();
            let noun = if days.len() == 1 { "day" } else { "days" };
            format!("on {noun} {} of each month", listed(&days))
        }
        Days::Last => "on the last day of each month".to_owned(),
        Days::LastWorkday => "on the last Monday to Friday of each month".to_owned(),
        Days::NearestWorkday(day) => {
            format!("on the Monday to Friday nearest to day {day} of each month")
        }
        Days::Nth { weekday, nth } => {
            let nth = match nth {
                1 => "first",
                2 => "second",
                3 => "third",
                4 => "fourth",
                _ => "fifth",
            };
            format!("on the {nth} {} of each month", long_name(*weekday))
        }
        Days::LastOfWeek(weekday) => format!("on the last {} of each month", long_name(*weekday)),
        Days::OfMonth(_) | Days::Either { .. } | Days::Both { .. } => return None,
    })
}

fn long_name(weekday: u8) -> String {
    let name = match weekday {
        0 => "Sunday",
        1 => "Monday",
        2 => "Tuesday",
        3 => "Wednesday",
        4 => "Thursday",
        5 => "Friday",
        6.. => "Saturday",
    };
    name.to_owned()
}

fn listed(parts: &[String]) -> String {
    match parts {
        [most @ .., last] if !most.is_empty() => format!("{} and {last}", most.join(", ")),
        _ => parts.join(""),
    }
}

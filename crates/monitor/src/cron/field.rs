//! One field of an expression: lists of values, ranges and steps.

use std::fmt;

use super::days::DayField;
use super::values::Values;
use super::{FieldFault, Grammar, YEARS};

/// The fields, in their order.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub enum FieldName {
    Minute,
    Hour,
    DayOfMonth,
    Month,
    DayOfWeek,
    /// In `cron(…)` only.
    Year,
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day-of-month",
            Self::Month => "month",
            Self::DayOfWeek => "day-of-week",
            Self::Year => "year",
        })
    }
}

pub(super) const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
pub(super) const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// A part that cannot be read, and what to write for its whole field instead.
#[derive(Debug)]
pub(super) struct BadPart {
    pub(super) part: String,
    pub(super) fault: FieldFault,
    pub(super) instead: Option<String>,
}

/// A field of one grammar.
#[derive(Copy, Clone, Debug)]
pub(super) struct Field {
    pub(super) name: FieldName,
    pub(super) grammar: Grammar,
}

impl Field {
    /// The first and the last value, as they are written. Sunday is also 7 in plain cron; see [`Self::number`].
    fn range(self) -> (u16, u16) {
        match (self.name, self.grammar) {
            (FieldName::Minute, _) => (0, 59),
            (FieldName::Hour, _) => (0, 23),
            (FieldName::DayOfMonth, _) => (1, 31),
            (FieldName::Month, _) => (1, 12),
            (FieldName::DayOfWeek, Grammar::Aws) => (1, 7),
            (FieldName::DayOfWeek, Grammar::Plain) => (0, 6),
            (FieldName::Year, _) => YEARS,
        }
    }

    pub(super) fn allowed(self) -> &'static str {
        match (self.name, self.grammar) {
            (FieldName::Minute, _) => "0 to 59",
            (FieldName::Hour, _) => "0 to 23",
            (FieldName::DayOfMonth, _) => "1 to 31",
            (FieldName::Month, _) => "1 to 12 or JAN to DEC",
            (FieldName::DayOfWeek, Grammar::Aws) => "1 to 7 or SUN to SAT, and 1 is SUN",
            (FieldName::DayOfWeek, Grammar::Plain) => "0 to 7 or SUN to SAT, and 0 and 7 are SUN",
            (FieldName::Year, _) => "1970 to 2199",
        }
    }

    fn names(self) -> &'static [&'static str] {
        match self.name {
            FieldName::Month => &MONTHS,
            FieldName::DayOfWeek => &WEEKDAYS,
            _ => &[],
        }
    }

    /// Reads `*`, `*/2`, `5`, `5/2`, `1-5`, `1-5/2` and lists of these.
    pub(super) fn read(self, text: &str) -> Result<DayField, BadPart> {
        let items: Vec<&str> = text.split(',').collect();
        let mut values = Values::default();
        let mut star = None;
        for (at, item) in items.iter().enumerate() {
            let (from, to, step) = self.item(item).map_err(|(fault, instead)| {
                let instead = instead.map(|instead| {
                    let mut items = items.clone();
                    match items.get_mut(at) {
                        Some(item) if !instead.is_empty() => *item = &instead,
                        _ => drop(items.remove(at)),
                    }
                    items.join(",")
                });
                let part = if item.is_empty() { text } else { item };
                BadPart {
                    part: part.to_owned(),
                    fault,
                    instead: instead.filter(|instead| !instead.is_empty()),
                }
            })?;
            if at == 0 && item.starts_with('*') {
                star = u8::try_from(step).ok();
            }
            values = values.or(&(from..=to)
                .step_by(step.into())
                .map(|n| self.stored(n))
                .collect());
        }
        Ok(DayField { values, star })
    }

    /// One value: a number, or three letters of a name. Sunday counts from 0, and a year from 1970.
    pub(super) fn value(self, text: &str) -> Result<u8, FieldFault> {
        Ok(self.stored(self.number(text).map_err(|(fault, _)| fault)?))
    }

    fn item(self, item: &str) -> Result<(u16, u16, u16), Bad> {
        if item.is_empty() {
            return Err((FieldFault::Missing, Some(String::new())));
        }
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(self.step(step)?)),
            None => (item, None),
        };
        let (first, last) = self.range();
        let (from, to) = match (range, range.split_once('-')) {
            ("*", _) => (first, last),
            ("", _) => return Err((FieldFault::NotAValue, Some(format!("*{item}")))),
            (_, Some((from, to))) => self.ends(from, to, step.is_some())?,
            (_, None) => {
                let from = self.number(range).map_err(|(fault, instead)| {
                    let rest = item.strip_prefix(range).unwrap_or_default();
                    (fault, instead.map(|instead| format!("{instead}{rest}")))
                })?;
                // `7/2` of plain cron: Sunday by its other number.
                let to = if step.is_some() { last.max(from) } else { from };
                (from, to)
            }
        };
        Ok((from, to, step.unwrap_or(1)))
    }

    fn step(self, text: &str) -> Result<u16, Bad> {
        let (first, last) = self.range();
        let most = last - first + 1;
        let number = digits(text).ok_or((FieldFault::NotAStep, None))?;
        match u16::try_from(number) {
            Ok(step) if (1..=most).contains(&step) => Ok(step),
            _ => Err((FieldFault::StepOutOfRange { most }, None)),
        }
    }

    fn ends(self, from: &str, to: &str, stepped: bool) -> Result<(u16, u16), Bad> {
        let (first, last) = self.range();
        let rejoined = |(fault, instead): Bad, from: &str, to: &str| {
            let instead = instead.map(|instead| {
                let (from, to) = if from.is_empty() {
                    (instead.as_str(), to)
                } else {
                    (from, instead.as_str())
                };
                format!("{from}-{to}")
            });
            (fault, instead.filter(|_| !stepped))
        };
        let start = self.number(from).map_err(|bad| rejoined(bad, "", to))?;
        let mut end = self.number(to).map_err(|bad| rejoined(bad, from, ""))?;
        if end == 0 && start > 0 && self.is_plain_week() && to.eq_ignore_ascii_case("SUN") {
            end = 7;
        }
        if start <= end {
            return Ok((start, end));
        }
        let label = |number: u16, like: &str| match self.names().get(usize::from(number - first)) {
            Some(name) if like.starts_with(|c: char| c.is_ascii_alphabetic()) => (*name).to_owned(),
            _ => number.to_string(),
        };
        let upper = match label(last, from) {
            _ if start >= last => from.to_owned(),
            last => format!("{from}-{last}"),
        };
        let lower = match label(first, to) {
            _ if end == first => to.to_owned(),
            first => format!("{first}-{to}"),
        };
        let instead = format!("{upper},{lower}");
        Err((FieldFault::Backwards, Some(instead).filter(|_| !stepped)))
    }

    /// A number as it is written; 0 to 7 for the days of plain cron.
    fn number(self, text: &str) -> Result<u16, Bad> {
        let (first, last) = self.range();
        let last = if self.is_plain_week() { 7 } else { last };
        if let Some(number) = digits(text) {
            let number = u16::try_from(number).unwrap_or(u16::MAX);
            return if (first..=last).contains(&number) {
                Ok(number)
            } else {
                Err((FieldFault::OutOfRange, self.nearest(number)))
            };
        }
        let upper = text.to_ascii_uppercase();
        let names = self.names();
        if let Some(at) = names.iter().position(|name| *name == upper) {
            return Ok(first + u16::try_from(at).unwrap_or(0));
        }
        if upper == "?" {
            return Err((FieldFault::QuestionMark, Some("*".to_owned())));
        }
        if self.is_special(&upper) {
            return Err(match self.grammar {
                Grammar::Aws => (FieldFault::NotAlone, None),
                Grammar::Plain => (FieldFault::AwsOnly, None),
            });
        }
        let written_out = |name: &&&str| {
            upper.len() > 3
                && upper.starts_with(**name)
                && upper.bytes().all(|b| b.is_ascii_alphabetic())
        };
        let instead = names.iter().find(written_out);
        Err((
            FieldFault::NotAValue,
            instead.map(|name| (*name).to_owned()),
        ))
    }

    /// What people mean by values that are just outside: hour 24, minute 60, Sunday as 0.
    fn nearest(self, number: u16) -> Option<String> {
        match (self.name, self.grammar, number) {
            (FieldName::Hour, _, 24) | (FieldName::Minute, _, 60) => Some("0".to_owned()),
            (FieldName::DayOfWeek, Grammar::Aws, 0) => Some("SUN".to_owned()),
            _ => None,
        }
    }

    /// Whether this is one of AWS's words for days, though perhaps not in its place.
    fn is_special(self, upper: &str) -> bool {
        let day = |text: &str| digits(text).is_some() || WEEKDAYS.contains(&text);
        matches!(self.name, FieldName::DayOfMonth | FieldName::DayOfWeek)
            && (matches!(upper, "L" | "W" | "LW" | "WL")
                || upper.contains('#')
                || upper.strip_suffix(['L', 'W']).is_some_and(day))
    }

    fn is_plain_week(self) -> bool {
        self.name == FieldName::DayOfWeek && self.grammar == Grammar::Plain
    }

    fn stored(self, number: u16) -> u8 {
        let number = match (self.name, self.grammar) {
            (FieldName::Year, _) => number - YEARS.0,
            (FieldName::DayOfWeek, Grammar::Aws) => number - 1,
            (FieldName::DayOfWeek, Grammar::Plain) => number % 7,
            _ => number,
        };
        // Every range that is read ends below 256 when it is stored.
        u8::try_from(number).unwrap_or(u8::MAX)
    }
}

/// A fault, and what to write instead of the item.
type Bad = (FieldFault, Option<String>);

fn digits(text: &str) -> Option<u64> {
    let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| text.parse().unwrap_or(u64::MAX))
}

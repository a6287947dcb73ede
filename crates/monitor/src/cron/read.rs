//! From text to an expression, in either grammar.

use super::days::{DayField, Days};
use super::field::{BadPart, Field};
use super::values::Values;
use super::{Cron, CronProblem, FieldFault, FieldName, Grammar, MAX_BYTES, YEARS};

/// Why a text is refused, and a text to read instead, which may have faults of its own.
pub(super) struct Refusal {
    pub(super) problem: CronProblem,
    pub(super) instead: Option<String>,
}

impl Refusal {
    pub(super) fn new(problem: CronProblem, instead: Option<String>) -> Self {
        Self { problem, instead }
    }
}

const NICKNAMES: [(&str, &str); 7] = [
    ("hourly", "0 * * * *"),
    ("daily", "0 0 * * *"),
    ("midnight", "0 0 * * *"),
    ("weekly", "0 0 * * 0"),
    ("monthly", "0 0 1 * *"),
    ("yearly", "0 0 1 1 *"),
    ("annually", "0 0 1 1 *"),
];

pub(super) fn read(text: &str) -> Result<Cron, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::new(CronProblem::Empty, None));
    }
    if text.len() > MAX_BYTES {
        return Err(Refusal::new(CronProblem::TooLong, None));
    }
    if text.contains(|c: char| !c.is_ascii_graphic() && !c.is_ascii_whitespace()) {
        return Err(super::repair::characters(text));
    }
    if let Some(nickname) = text.strip_prefix('@') {
        return match expression_of(nickname) {
            Some(expression) => plain(expression),
            None => Err(super::repair::unknown(text)),
        };
    }
    match text.strip_prefix("cron(") {
        Some(rest) => match rest.strip_suffix(')') {
            Some(fields) if !fields.contains(['(', ')']) => aws(fields),
            _ => Err(super::repair::unknown(text)),
        },
        None if text.contains(['(', ')']) => Err(super::repair::unknown(text)),
        None => plain(text),
    }
}

/// What a nickname without its `@` stands for.
pub(super) fn expression_of(nickname: &str) -> Option<&'static str> {
    let known = NICKNAMES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(nickname));
    known.map(|(_, expression)| *expression)
}

fn aws(text: &str) -> Result<Cron, Refusal> {
    let fields: Vec<&str> = text.split_ascii_whitespace().collect();
    let [minute, hour, day_of_month, month, day_of_week, year] = fields[..] else {
        return Err(super::repair::aws_fields(&fields));
    };
    let reader = Reader {
        grammar: Grammar::Aws,
        fields: &fields,
    };
    let days = match (day_of_month, day_of_week) {
        ("?", "?") => {
            let instead = reader.with(FieldName::DayOfWeek, "*");
            return Err(Refusal::new(CronProblem::NoDays, Some(instead)));
        }
        ("?", _) => reader.aws_week(day_of_week)?,
        (_, "?") => reader.aws_month(day_of_month)?,
        _ => {
            let instead = match (day_of_month, day_of_week) {
                // SageMaker's own spelling where nothing else decides (formats.md 9.1).
                ("*", _) => Some(reader.with(FieldName::DayOfMonth, "?")),
                (_, "*") => Some(reader.with(FieldName::DayOfWeek, "?")),
                _ => None,
            };
            return Err(Refusal::new(CronProblem::BothDays, instead));
        }
    };
    reader.fires(Cron {
        grammar: Grammar::Aws,
        minute: reader.minute(minute)?,
        hours: reader.values(FieldName::Hour, hour)?,
        days,
        months: reader.values(FieldName::Month, month)?,
        years: reader.values(FieldName::Year, year)?,
    })
}

fn plain(text: &str) -> Result<Cron, Refusal> {
    let fields: Vec<&str> = text.split_ascii_whitespace().collect();
    let [minute, hour, day_of_month, month, day_of_week] = fields[..] else {
        return Err(super::repair::plain_fields(text, &fields));
    };
    let reader = Reader {
        grammar: Grammar::Plain,
        fields: &fields,
    };
    reader.fires(Cron {
        grammar: Grammar::Plain,
        minute: reader.minute(minute)?,
        hours: reader.values(FieldName::Hour, hour)?,
        days: Days::plain(
            reader.field(FieldName::DayOfMonth, day_of_month)?,
            reader.field(FieldName::DayOfWeek, day_of_week)?,
        ),
        months: reader.values(FieldName::Month, month)?,
        years: every_year(),
    })
}

pub(super) fn every_year() -> Values {
    (YEARS.0..=YEARS.1)
        .filter_map(|year| u8::try_from(year - YEARS.0).ok())
        .collect()
}

struct Reader<'a> {
    grammar: Grammar,
    fields: &'a [&'a str],
}

impl Reader<'_> {
    fn field(&self, name: FieldName, text: &str) -> Result<DayField, Refusal> {
        let field = self.of(name);
        field.read(text).map_err(|bad| self.refused(field, bad))
    }

    fn values(&self, name: FieldName, text: &str) -> Result<Values, Refusal> {
        Ok(self.field(name, text)?.values)
    }

    fn minute(&self, text: &str) -> Result<u8, Refusal> {
        let minutes = self.values(FieldName::Minute, text)?;
        let first = minutes.iter().next().unwrap_or(0);
        let count = minutes.len();
        if count == 1 {
            return Ok(first);
        }
        let part = text.to_owned();
        let instead = self.with(FieldName::Minute, &first.to_string());
        let problem = CronProblem::SeveralMinutes { part, count };
        Err(Refusal::new(problem, Some(instead)))
    }

    fn aws_month(&self, text: &str) -> Result<Days, Refusal> {
        let field = self.of(FieldName::DayOfMonth);
        let upper = text.to_ascii_uppercase();
        match (upper.as_str(), upper.strip_suffix('W')) {
            ("L", _) => Ok(Days::Last),
            ("LW", _) => Ok(Days::LastWorkday),
            _ if upper.starts_with("L-") => {
                Err(self.refused_part(field, text, FieldFault::BackFromLast))
            }
            (_, Some(day)) if is_number(day) => match field.value(day) {
                Ok(day) => Ok(Days::NearestWorkday(day)),
                Err(fault) => Err(self.refused_part(field, text, fault)),
            },
            _ => Ok(Days::of_month(self.values(field.name, text)?)),
        }
    }

    fn aws_week(&self, text: &str) -> Result<Days, Refusal> {
        let field = self.of(FieldName::DayOfWeek);
        let upper = text.to_ascii_uppercase();
        let weekday = |day: &str| {
            let day = field.value(day);
            day.map_err(|fault| self.refused_part(field, text, fault))
        };
        if upper == "L" {
            // The last day of AWS's week, which begins on Sunday.
            return Ok(Days::of_week(Values::one(6)));
        }
        if upper.contains([',', '-', '/']) {
            return Ok(Days::of_week(self.values(field.name, text)?));
        }
        if let Some((day, nth)) = upper.split_once('#') {
            return match (weekday(day)?, nth) {
                (weekday, "1" | "2" | "3" | "4" | "5") => Ok(Days::Nth {
                    weekday,
                    nth: nth.parse().unwrap_or(1),
                }),
                _ => Err(self.refused_part(field, text, FieldFault::NthOutOfRange)),
            };
        }
        match upper.strip_suffix('L') {
            Some(day) => Ok(Days::LastOfWeek(weekday(day)?)),
            None => Ok(Days::of_week(self.values(field.name, text)?)),
        }
    }

    fn of(&self, name: FieldName) -> Field {
        Field {
            name,
            grammar: self.grammar,
        }
    }

    fn refused(&self, field: Field, bad: BadPart) -> Refusal {
        let instead = match bad.fault {
            FieldFault::AwsOnly => super::repair::in_aws(self.fields),
            _ => bad.instead.map(|instead| self.with(field.name, &instead)),
        };
        let problem = CronProblem::Field {
            field: field.name,
            part: super::shown(&bad.part),
            fault: bad.fault,
            allowed: field.allowed(),
        };
        Refusal::new(problem, instead)
    }

    fn refused_part(&self, field: Field, part: &str, fault: FieldFault) -> Refusal {
        let part = part.to_owned();
        let bad = BadPart {
            part,
            fault,
            instead: None,
        };
        self.refused(field, bad)
    }

    /// The expression with another text in one field.
    fn with(&self, name: FieldName, text: &str) -> String {
        let mut fields = self.fields.to_vec();
        if let Some(field) = fields.get_mut(name as usize) {
            *field = text;
        }
        let fields = fields.join(" ");
        match self.grammar {
            Grammar::Aws => format!("cron({fields})"),
            Grammar::Plain => fields,
        }
    }

    /// Refuses what never fires, as on 30 February, and what has no normal form that can be read.
    fn fires(&self, cron: Cron) -> Result<Cron, Refusal> {
        if cron.to_string().len() > MAX_BYTES {
            return Err(Refusal::new(CronProblem::ManyYears, None));
        }
        if cron.at_or_after(0).is_some() {
            return Ok(cron);
        }
        let last_day = Cron {
            grammar: Grammar::Aws,
            days: Days::Last,
            ..cron
        };
        let instead = matches!(cron.days, Days::OfMonth(_) | Days::NearestWorkday(_));
        let instead = instead.then(|| last_day.to_string());
        Err(Refusal::new(CronProblem::Never, instead))
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

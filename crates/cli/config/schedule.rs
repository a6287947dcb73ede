//! `[[schedule]]`: which model is measured when, over which hours, and what is another for it.

use groundline_monitor::UNSCHEDULED;
use toml::de::DeValue;

use crate::config::file::{Entries, Place, expected_table};
use crate::config::setting::{self, Kind, Section};
use crate::config::toml_value;
use crate::config::value::Value;
use crate::failure::Failure;
use crate::suggest::did_you_mean;

/// More schedules than one file can sensibly hold.
const MOST_SCHEDULES: usize = 10_000;
/// SageMaker's longest name of a schedule.
const LONGEST_NAME: usize = 63;

/// One `[[schedule]]`, texts as they stand with the line of each.
#[derive(Clone, Debug, Default)]
pub(crate) struct ScheduleEntry {
    pub(crate) path: String,
    /// Line of `[[schedule]]`.
    pub(crate) line: usize,
    pub(crate) name: String,
    pub(crate) model: Option<String>,
    pub(crate) expression: Option<Said>,
    pub(crate) start_offset: Option<Said>,
    pub(crate) end_offset: Option<Said>,
    /// First hour and end of `NOW`.
    pub(crate) from: Option<Said>,
    pub(crate) to: Option<Said>,
    pub(crate) catch_up: Option<Said>,
    /// Settings that are others for this schedule.
    pub(crate) values: Entries,
}

/// A text and its line.
pub(crate) type Said = (String, usize);

impl ScheduleEntry {
    /// `groundline.toml:7`
    pub(crate) fn at(&self, line: usize) -> String {
        format!("{}:{line}", self.path)
    }
}

/// Keys of a schedule that are settings of a model, an output or of publishers elsewhere.
const SETTINGS: [(&str, &str); 8] = [
    ("constraints", "constraints"),
    ("output", "out"),
    ("publish", "publish"),
    ("cloudwatch_file", "cloudwatch-file"),
    ("openmetrics_file", "openmetrics-file"),
    ("min_coverage", "min-coverage"),
    ("max_age", "max-age"),
    ("restate_step", "restate-step"),
];

/// A schedule's own keys.
const OWN: [&str; 8] = [
    "name",
    "model",
    "expression",
    "start_offset",
    "end_offset",
    "from",
    "to",
    "catch_up",
];

/// The `[[schedule]]` entries of a file.
pub(super) fn schedules(
    place: &Place<'_>,
    value: &DeValue<'_>,
    at: &str,
) -> Result<Vec<ScheduleEntry>, Failure> {
    let DeValue::Array(items) = value else {
        return Err(expected_table(at, "schedule", "[[schedule]]", value));
    };
    if items.len() > MOST_SCHEDULES {
        return Err(Failure::usage(format!(
            "{at}: more than {MOST_SCHEDULES} schedules"
        )));
    }
    let mut schedules: Vec<ScheduleEntry> = Vec::with_capacity(items.len());
    for item in items.iter() {
        let line = place.line(item.span().start);
        let entry = schedule(place, item.get_ref(), line)?;
        let twin = schedules.iter().find(|other| other.name == entry.name);
        if let Some(twin) = twin {
            return Err(Failure::usage(format!(
                "two schedules have the name `{}`: {} and {}",
                entry.name,
                twin.at(twin.line),
                entry.at(line)
            ))
            .hint("give each schedule its own name: its executions are recorded below it"));
        }
        schedules.push(entry);
    }
    Ok(schedules)
}

fn schedule(place: &Place<'_>, value: &DeValue<'_>, line: usize) -> Result<ScheduleEntry, Failure> {
    let DeValue::Table(table) = value else {
        let at = format!("{}:{line}", place.path);
        return Err(expected_table(&at, "schedule", "[[schedule]]", value));
    };
    let mut entry = ScheduleEntry {
        path: place.path.to_owned(),
        line,
        ..ScheduleEntry::default()
    };
    for (key, value) in table {
        let at = place.of(key.span());
        let line = place.line(key.span().start);
        let name = key.get_ref().as_ref();
        let read = |kind: Kind| {
            toml_value::read(kind, value.get_ref(), &place.folder)
                .map_err(|why| Failure::usage(format!("`{name}` at {at}: {why}")))
        };
        if let Some((_, key)) = SETTINGS.iter().find(|(known, _)| *known == name)
            && let Some(setting) = setting::setting(key)
        {
            entry
                .values
                .insert(setting.key, (read(setting.kind)?, line));
            continue;
        }
        let kind = match name {
            "from" | "to" => Kind::Time,
            _ => Kind::Text,
        };
        if !OWN.contains(&name) {
            return Err(unknown(name, &at));
        }
        let Value::Text(text) = read(kind)? else {
            continue;
        };
        let said = Some((text.clone(), line));
        match name {
            "name" => entry.name = checked_name(text, &at)?,
            "model" => entry.model = Some(text),
            "expression" => entry.expression = said,
            "start_offset" => entry.start_offset = said,
            "end_offset" => entry.end_offset = said,
            "from" => entry.from = said,
            "to" => entry.to = said,
            _ => entry.catch_up = said,
        }
    }
    match entry.name.is_empty() {
        true => Err(Failure::usage(format!(
            "the [[schedule]] at {}:{line} has no `name`",
            place.path
        ))
        .hint("its executions are recorded below it")),
        false => Ok(entry),
    }
}

/// SageMaker's names of schedules; they stand in paths and dimensions.
fn checked_name(name: String, at: &str) -> Result<String, Failure> {
    if name == UNSCHEDULED {
        return Err(Failure::usage(format!(
            "`name` at {at}: `{UNSCHEDULED}` stands for what `groundline monitor` runs without a schedule"
        )));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let starts = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    match starts && name.len() <= LONGEST_NAME && name.chars().all(plain) {
        true => Ok(name),
        false => Err(Failure::usage(format!(
            "`name` at {at}: a schedule's name has 1 to {LONGEST_NAME} letters, digits and hyphens, and begins with \
             none of the last"
        ))),
    }
}

fn unknown(name: &str, at: &str) -> Failure {
    let keys = || OWN.into_iter().chain(SETTINGS.iter().map(|(key, _)| *key));
    let near = did_you_mean(name, keys());
    let elsewhere = Section::IN_FILE
        .into_iter()
        .find(|section| setting::in_section(*section).any(|setting| setting.file == Some(name)));
    let failure = Failure::usage(format!(
        "unknown key `{name}` in [[schedule]] at {at}{near}"
    ));
    match elsewhere {
        Some(section) if near.is_empty() => {
            failure.hint(format!("it belongs in {}", section.heading()))
        }
        _ => failure.hint(format!(
            "the keys of [[schedule]] are {}",
            keys().collect::<Vec<_>>().join(", ")
        )),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use crate::config::file::ConfigFile;

    fn refusal(text: &str) -> String {
        ConfigFile::parse("groundline.toml", text)
            .unwrap_err()
            .message
    }

    #[test]
    fn a_schedule_has_its_own_keys_and_some_of_the_models() {
        let text = "[[schedule]]\nname = \"hourly\"\nexpression = \"cron(0 * ? * * *)\"\nmin_coverage = 0.9\n\
                    output = \"out\"\n";
        let file = ConfigFile::parse("conf/groundline.toml", text).unwrap();
        let schedule = file.schedules.first().unwrap();
        assert_eq!(
            schedule.expression,
            Some(("cron(0 * ? * * *)".to_owned(), 3))
        );
        let out = schedule
            .values
            .get("out")
            .map(|(value, _)| value.to_string());
        assert_eq!(out.as_deref(), Some("conf/out"));
        assert!(schedule.values.contains_key("min-coverage"));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, message) in [
            (
                "[[schedule]]\nname = \"a\"\nstart_ofset = \"-P8D\"\n",
                "unknown key `start_ofset` in [[schedule]] at groundline.toml:3; did you mean `start_offset`?",
            ),
            (
                "[[schedule]]\nmodel = \"a\"\n",
                "the [[schedule]] at groundline.toml:1 has no `name`",
            ),
            (
                "[[schedule]]\nname = \"a\"\n[[schedule]]\nname = \"a\"\n",
                "two schedules have the name `a`: groundline.toml:1 and groundline.toml:3",
            ),
            (
                "[schedule]\nname = \"a\"\n",
                "`schedule` at groundline.toml:1: expected a section [[schedule]], found a table",
            ),
            (
                "[[schedule]]\nname = \"a/b\"\n",
                "`name` at groundline.toml:2: a schedule's name has 1 to 63 letters, digits and hyphens, and begins \
                 with none of the last",
            ),
        ] {
            assert_eq!(refusal(text), message);
        }
    }
}

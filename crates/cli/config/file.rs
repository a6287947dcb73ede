//! The layer of `groundline.toml`: `[[model]]` entries, `[output]` and `[run]`.

use std::collections::BTreeMap;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

use groundline_engine::OwnColumn;
use toml::de::{DeTable, DeValue};

use crate::config::mapping::{self, MappingEntry};
use crate::config::own_columns;
use crate::config::schedule::{self, ScheduleEntry};
use crate::config::setting::{self, Section};
use crate::config::toml_value;
use crate::config::value::Value;
use crate::failure::Failure;
use crate::suggest::{did_you_mean, nearest};

/// The file that is read without `--config`.
pub(crate) const NAME: &str = "groundline.toml";

/// Larger files are not configuration.
const MOST_BYTES: u64 = 1 << 20;

/// More models than one file can sensibly hold.
const MOST_MODELS: usize = 10_000;

/// What a configuration file says, every key checked, with the line of each.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConfigFile {
    /// As the user wrote it.
    pub(crate) path: String,
    pub(crate) models: Vec<ModelEntry>,
    /// Keys of `[output]`, `[run]`, `[storage]` and `[publish]`.
    pub(crate) common: Entries,
    /// `[[schedule]]`, in the order of the file.
    pub(crate) schedules: Vec<ScheduleEntry>,
}

/// One `[[model]]`.
#[derive(Clone, Debug, Default)]
pub(crate) struct ModelEntry {
    /// Line of `[[model]]`.
    pub(crate) line: usize,
    pub(crate) values: Entries,
    /// Its own columns, with the line of `columns`.
    pub(crate) columns: Option<(Vec<OwnColumn>, usize)>,
    /// `[[model.mapping]]`, in the order of the file.
    pub(crate) mappings: Vec<MappingEntry>,
}

/// Values with their lines, by the key of their setting.
pub(crate) type Entries = BTreeMap<&'static str, (Value, usize)>;

impl ConfigFile {
    /// Reads and checks a file (status 2 when it is wrong).
    pub(crate) fn read(path: &str) -> Result<Self, Failure> {
        let cannot = |error: std::io::Error| {
            Failure::usage(format!("cannot read the configuration `{path}`")).because(&error)
        };
        let mut text = Vec::new();
        let file = std::fs::File::open(path).map_err(cannot)?;
        file.take(MOST_BYTES + 1)
            .read_to_end(&mut text)
            .map_err(cannot)?;
        if text.len() as u64 > MOST_BYTES {
            return Err(Failure::usage(format!(
                "the configuration `{path}` is larger than 1 MiB"
            )));
        }
        let text = String::from_utf8(text).map_err(|error| {
            Failure::usage(format!("the configuration `{path}` is not valid UTF-8")).because(&error)
        })?;
        Self::parse(path, &text)
    }

    /// Checks the text of a file; `path` gives the name in messages and the folder of relative paths.
    pub(crate) fn parse(path: &str, text: &str) -> Result<Self, Failure> {
        let place = Place::new(path, text);
        let document = DeTable::parse(text).map_err(|error| {
            let at = place.of(error.span().unwrap_or_default());
            Failure::usage(format!("{at}: {}", error.message().trim()))
        })?;
        let mut file = Self {
            path: path.to_owned(),
            ..Self::default()
        };
        for (key, value) in document.get_ref() {
            let at = place.of(key.span());
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("model", DeValue::Array(models)) => {
                    if models.len() > MOST_MODELS {
                        return Err(Failure::usage(format!(
                            "{at}: more than {MOST_MODELS} models"
                        )));
                    }
                    for model in models.iter() {
                        file.add_model(&place, model.get_ref(), model.span())?;
                    }
                }
                ("model", other) => {
                    return Err(expected_table(&at, "model", "[[model]]", other));
                }
                ("output", value) => {
                    file.common
                        .extend(plain(&place, Section::Output, value, key.span())?);
                }
                ("run", value) => {
                    file.common
                        .extend(plain(&place, Section::Run, value, key.span())?);
                }
                ("storage", value) => {
                    file.common
                        .extend(plain(&place, Section::Storage, value, key.span())?);
                }
                ("publish", value) => {
                    file.common
                        .extend(plain(&place, Section::Publish, value, key.span())?);
                }
                ("schedule", value) => file.schedules = schedule::schedules(&place, value, &at)?,
                (unknown, value) => return Err(unknown_section(unknown, value, &at)),
            }
        }
        let nameless = file
            .models
            .iter()
            .find(|model| !model.values.contains_key("model"));
        match nameless {
            Some(model) if file.models.len() > 1 => Err(Failure::usage(format!(
                "the [[model]] at {path}:{} has no `name`; several models need one each",
                model.line
            ))),
            _ => Ok(file),
        }
    }

    fn add_model(
        &mut self,
        place: &Place<'_>,
        value: &DeValue<'_>,
        span: Range<usize>,
    ) -> Result<(), Failure> {
        let mut model = ModelEntry {
            line: place.line(span.start),
            ..ModelEntry::default()
        };
        model.values = section(
            place,
            Section::Model,
            value,
            span,
            |name, value, at, line| {
                match name {
                    "columns" => {
                        let columns = own_columns::read(value)
                            .map_err(|why| Failure::usage(format!("`columns` at {at}: {why}")))?;
                        model.columns = Some((columns, line));
                    }
                    "mapping" => model.mappings = mapping::mappings(place, value, at)?,
                    _ => return Ok(false),
                }
                Ok(true)
            },
        )?;
        self.models.push(model);
        Ok(())
    }
}

/// A section without keys of its own kind.
fn plain(
    place: &Place<'_>,
    of: Section,
    value: &DeValue<'_>,
    span: Range<usize>,
) -> Result<Entries, Failure> {
    section(place, of, value, span, |_, _, _, _| Ok(false))
}

pub(super) fn section(
    place: &Place<'_>,
    section: Section,
    value: &DeValue<'_>,
    span: Range<usize>,
    mut own: impl FnMut(&str, &DeValue<'_>, &str, usize) -> Result<bool, Failure>,
) -> Result<Entries, Failure> {
    let name = section.heading().trim_matches(['[', ']']);
    let DeValue::Table(table) = value else {
        return Err(expected_table(
            &place.of(span),
            name,
            section.heading(),
            value,
        ));
    };
    let mut entries = Entries::new();
    for (key, value) in table {
        let at = place.of(key.span());
        let name = key.get_ref().as_ref();
        if own(name, value.get_ref(), &at, place.line(key.span().start))? {
            continue;
        }
        if let (Section::Model, "labels", DeValue::Table(_)) = (section, name, value.get_ref()) {
            entries.extend(plain(place, Section::Labels, value.get_ref(), key.span())?);
            continue;
        }
        let Some(setting) = setting::in_section(section).find(|setting| setting.file == Some(name))
        else {
            return Err(unknown_key(name, section, &at));
        };
        let read = toml_value::read(setting.kind, value.get_ref(), &place.folder)
            .map_err(|why| Failure::usage(format!("`{name}` at {at}: {why}")))?;
        entries.insert(setting.key, (read, place.line(key.span().start)));
    }
    Ok(entries)
}

pub(super) fn expected_table(at: &str, name: &str, heading: &str, value: &DeValue<'_>) -> Failure {
    Failure::usage(format!(
        "`{name}` at {at}: expected a section {heading}, found {}",
        toml_value::found(value)
    ))
}

fn unknown_key(name: &str, section: Section, at: &str) -> Failure {
    let heading = section.heading();
    let keys: Vec<_> = setting::in_section(section)
        .filter_map(|setting| setting.file)
        .collect();
    let home = home(name);
    let advice = match (nearest(name, keys.iter().copied()), home) {
        (_, Some(home)) => format!("; it belongs in {}", home.heading()),
        (Some(near), None) => format!("; did you mean `{near}`?"),
        (None, None) => String::new(),
    };
    let failure = Failure::usage(format!("unknown key `{name}` in {heading} at {at}{advice}"));
    if advice.is_empty() {
        failure.hint(format!("the keys of {heading} are {}", keys.join(", ")))
    } else {
        failure
    }
}

fn unknown_section(name: &str, value: &DeValue<'_>, at: &str) -> Failure {
    if !matches!(value, DeValue::Table(_) | DeValue::Array(_))
        && let Some(home) = home(name)
    {
        return Failure::usage(format!(
            "unknown key `{name}` at {at}; it belongs in {}",
            home.heading()
        ));
    }
    let near = did_you_mean(
        name,
        ["model", "output", "run", "storage", "publish", "schedule"],
    );
    Failure::usage(format!("unknown key `{name}` at {at}{near}"))
        .hint("a configuration has [[model]] and [[schedule]] entries, [output], [run], [storage] and [publish]")
}

/// The section that has a key of this name.
fn home(name: &str) -> Option<Section> {
    Section::IN_FILE
        .into_iter()
        .find(|home| setting::in_section(*home).any(|setting| setting.file == Some(name)))
}

/// Finds lines, and the folder of the file.
pub(super) struct Place<'a> {
    pub(super) path: &'a str,
    pub(super) folder: PathBuf,
    /// Offset of each line's first byte.
    starts: Vec<usize>,
}

impl<'a> Place<'a> {
    fn new(path: &'a str, text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self {
            path,
            folder: Path::new(path)
                .parent()
                .unwrap_or(Path::new(""))
                .to_path_buf(),
            starts: std::iter::once(0)
                .chain(ends.map(|(at, _)| at + 1))
                .collect(),
        }
    }

    /// The line of an offset, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).max(1)
    }

    /// `groundline.toml:7`
    pub(super) fn of(&self, span: Range<usize>) -> String {
        format!("{}:{}", self.path, self.line(span.start))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        ConfigFile::parse("groundline.toml", text)
            .unwrap_err()
            .message
    }

    #[test]
    fn keys_carry_their_lines_and_paths_start_at_the_file() {
        let text =
            "[[model]]\nname = \"churn\"\n# a comment\nlabels = \"gt\"\n\n[run]\nall = true\n";
        let file = ConfigFile::parse("conf/groundline.toml", text).unwrap();
        let model = file.models.first().unwrap();
        assert_eq!(model.line, 1);
        assert_eq!(
            model.values.get("labels"),
            Some(&(Value::Text("conf/gt".into()), 4))
        );
        assert_eq!(
            file.common.get("all"),
            Some(&(Value::Text("true".into()), 7))
        );
    }

    #[test]
    fn an_unknown_key_names_its_line_and_the_nearest() {
        let text = "[[model]]\nname = \"churn\"\n\ncaptures = \"c\"\n# labels\n\nlables = \"gt\"\n";
        assert_eq!(
            refusal(text),
            "unknown key `lables` in [[model]] at groundline.toml:7; did you mean `labels`?"
        );
        assert_eq!(
            refusal("[run]\njoin = \"left\"\n"),
            "unknown key `join` in [run] at groundline.toml:2; it belongs in [[model]]"
        );
        assert_eq!(
            refusal("threads = 4\n"),
            "unknown key `threads` at groundline.toml:1; it belongs in [run]"
        );
        assert_eq!(
            refusal("[[modle]]\n"),
            "unknown key `modle` at groundline.toml:1; did you mean `model`?"
        );
        let far = ConfigFile::parse("groundline.toml", "[output]\nzebra = 1\n").unwrap_err();
        assert_eq!(
            far.message,
            "unknown key `zebra` in [output] at groundline.toml:2"
        );
        assert_eq!(far.hints, ["the keys of [output] are uri, columns, format"]);
    }

    #[test]
    fn a_wrong_type_is_named_with_its_line() {
        assert_eq!(
            refusal("[[model]]\nendpoints = \"a\"\n"),
            "`endpoints` at groundline.toml:2: expected a list of texts like [\"a\", \"b\"], found a text"
        );
        assert_eq!(
            refusal("model = 5\n"),
            "`model` at groundline.toml:1: expected a section [[model]], found a whole number"
        );
        assert_eq!(
            refusal("[model]\nname = \"a\"\n"),
            "`model` at groundline.toml:1: expected a section [[model]], found a table"
        );
        assert_eq!(
            refusal("run = 5\n"),
            "`run` at groundline.toml:1: expected a section [run], found a whole number"
        );
    }

    #[test]
    fn broken_toml_names_the_line() {
        let message = refusal("[[model]]\nname = \"churn\n");
        assert!(message.starts_with("groundline.toml:2: "), "{message}");
        assert!(refusal("\u{0}").starts_with("groundline.toml:1: "));
        assert!(refusal(&"[".repeat(10_000)).starts_with("groundline.toml:1: "));
        assert!(refusal(&format!("a = {}", "[".repeat(10_000))).starts_with("groundline.toml:1: "));
    }

    #[test]
    fn several_models_need_names() {
        let message = refusal("[[model]]\nname = \"a\"\n[[model]]\nlabels = \"x\"\n");
        assert!(ConfigFile::parse("groundline.toml", "[[model]]\nlabels = \"x\"\n").is_ok());
        assert_eq!(
            message,
            "the [[model]] at groundline.toml:3 has no `name`; several models need one each"
        );
    }
}

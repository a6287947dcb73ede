//! What the layers together say for one model.

use groundline_engine::OwnColumn;

use crate::config::file::ModelEntry;
use crate::config::layers::Layers;
use crate::config::mapping::MappingEntry;
use crate::config::setting::{Kind, Section, Setting, setting};
use crate::config::value::{Origin, Value};
use crate::failure::Failure;
use crate::suggest::did_you_mean;

/// The settings of one model, or those that are no model's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resolved<'a> {
    layers: &'a Layers,
    model: Option<&'a ModelEntry>,
    /// What holds from an hour on goes before what the model says.
    mapping: Option<&'a MappingEntry>,
}

/// Flags that select among the models of a file instead of describing one.
const SELECTORS: [&str; 3] = ["model", "endpoint", "variant"];

impl<'a> Resolved<'a> {
    pub(crate) fn new(layers: &'a Layers, model: Option<&'a ModelEntry>) -> Self {
        Self {
            layers,
            model,
            mapping: None,
        }
    }

    /// The configuration file, as the user wrote it.
    pub(crate) fn file(&self) -> Option<&'a str> {
        Some(self.layers.file.as_ref()?.path.as_str())
    }

    /// The model's own columns, and the line of `columns`.
    pub(crate) fn columns(&self) -> Option<&'a (Vec<OwnColumn>, usize)> {
        self.model?.columns.as_ref()
    }

    /// The settings of later hours, each with its mapping.
    pub(crate) fn mappings(self) -> impl Iterator<Item = (&'a MappingEntry, Self)> {
        let mappings = self.model.map_or(&[][..], |model| &model.mappings);
        mappings.iter().map(move |mapping| {
            let settings = Self {
                mapping: Some(mapping),
                ..self
            };
            (mapping, settings)
        })
    }

    /// The value of the highest layer that has one, and which layer that is.
    pub(crate) fn find(&self, key: &str) -> Option<(Value, Origin)> {
        let setting = setting(key)?;
        let selects = self.model.is_some() && SELECTORS.contains(&key);
        if !selects {
            if let Some(value) = self.layers.flags.get(key) {
                return Some((value.clone(), Origin::Flag));
            }
            if let Some(value) = self.layers.environment.get(key) {
                return Some((value.clone(), Origin::Environment));
            }
        }
        self.in_file(setting).or_else(|| {
            setting
                .default
                .map(|text| (Value::Text(text.to_owned()), Origin::Default))
        })
    }

    fn in_file(&self, setting: &Setting) -> Option<(Value, Origin)> {
        let file = self.layers.file.as_ref()?;
        let (value, line) = match setting.section {
            Section::Model => {
                let mapped = self.mapping.and_then(|m| m.values.get(setting.key));
                mapped.or_else(|| self.model?.values.get(setting.key))?
            }
            Section::Labels => self.model?.values.get(setting.key)?,
            _ => file.common.get(setting.key)?,
        };
        Some((
            value.clone(),
            Origin::File {
                path: file.path.clone(),
                line: *line,
            },
        ))
    }

    /// Where a value was written, for messages.
    pub(crate) fn place(key: &str, origin: &Origin) -> String {
        match (origin, setting(key)) {
            (
                Origin::File { path, line },
                Some(Setting {
                    file: Some(name), ..
                }),
            ) => {
                format!("`{name}` at {path}:{line}")
            }
            (Origin::Environment, Some(setting)) => setting.variable(),
            _ => format!("--{key}"),
        }
    }

    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.find(key).map(|(value, _)| value.to_string())
    }

    pub(crate) fn switch(&self, key: &str) -> bool {
        self.text(key).is_some_and(|text| text == "true")
    }

    /// Gives a value its meaning; an error says where the value was written.
    pub(crate) fn parse<T>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Failure> {
        let Some((value, origin)) = self.find(key) else {
            return Ok(None);
        };
        let text = value.to_string();
        let parsed = check_choice(key, &text).and_then(|()| parse(&text));
        parsed
            .map(Some)
            .map_err(|why| self.refuse(key, &origin, &why))
    }

    /// Like [`Resolved::parse`] for a setting that must have a value.
    pub(crate) fn require<T>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<T, Failure> {
        self.parse(key, parse)?
            .ok_or_else(|| Failure::usage(format!("--{key} is not given")))
    }

    /// Checks the items of a list.
    pub(crate) fn checked_list(
        &self,
        key: &str,
        check: impl FnOnce(&[String]) -> Result<(), String>,
    ) -> Result<Vec<String>, Failure> {
        let Some((value, origin)) = self.find(key) else {
            return Ok(Vec::new());
        };
        let items = value.items();
        check(&items).map_err(|why| self.refuse(key, &origin, &why))?;
        Ok(items)
    }

    /// What to call this model in messages; empty when there is only one.
    pub(crate) fn of_model(&self) -> String {
        match (self.model, self.text("model")) {
            (Some(_), Some(name)) => format!("model `{name}`: "),
            _ => String::new(),
        }
    }

    fn refuse(&self, key: &str, origin: &Origin, why: &str) -> Failure {
        Failure::usage(format!("{}: {why}", Self::place(key, origin)))
    }
}

fn check_choice(key: &str, text: &str) -> Result<(), String> {
    let Some(Setting {
        kind: Kind::Choice(choices),
        ..
    }) = setting(key)
    else {
        return Ok(());
    };
    if choices.contains(&text) {
        return Ok(());
    }
    let near = did_you_mean(text, choices.iter().copied());
    Err(format!(
        "`{text}` is not one of {}{near}",
        choices.join(", ")
    ))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;
    use crate::config::file::ConfigFile;

    fn layers(
        flags: &[(&'static str, &str)],
        variables: &[(&'static str, &str)],
        file: &str,
    ) -> Layers {
        let mut layers = Layers::default();
        for (key, text) in flags {
            layers.flags.set(key, Value::Text((*text).to_owned()));
        }
        for (key, text) in variables {
            layers.environment.set(key, Value::Text((*text).to_owned()));
        }
        layers.file = Some(ConfigFile::parse("groundline.toml", file).unwrap());
        layers
    }

    #[test]
    fn flag_goes_before_environment_before_file_before_default() {
        let file = "[[model]]\nname = \"churn\"\njoin = \"inner\"\n";
        let of =
            |flags: &[(&'static str, &str)], variables: &[(&'static str, &str)], file: &str| {
                let layers = layers(flags, variables, file);
                let model = *layers.models().first().unwrap();
                let (value, origin) = model.find("join").unwrap();
                format!("{value} from {}", origin.rank())
            };
        assert_eq!(
            of(&[("join", "left")], &[("join", "inner")], file),
            "left from 3"
        );
        assert_eq!(of(&[], &[("join", "left")], file), "left from 2");
        assert_eq!(of(&[], &[], file), "inner from 1");
        assert_eq!(of(&[], &[], "[[model]]\nname = \"churn\"\n"), "left from 0");
    }

    #[test]
    fn a_flag_overrides_in_every_model_but_model_names_stay() {
        let file = "[[model]]\nname = \"a\"\nlabels = \"x\"\n[[model]]\nname = \"b\"\n";
        let layers = layers(&[("labels", "y"), ("model", "*")], &[], file);
        let told: Vec<_> = layers
            .models()
            .iter()
            .map(|model| (model.text("model").unwrap(), model.text("labels").unwrap()))
            .collect();
        assert_eq!(told, [("a".into(), "y".into()), ("b".into(), "y".into())]);
    }

    #[test]
    fn a_wrong_value_names_where_it_was_written() {
        let file = "[[model]]\nname = \"a\"\njoin = \"lfet\"\n";
        let parse = |layers: &Layers| {
            let models = layers.models();
            models
                .first()
                .unwrap()
                .parse("join", |text| Ok(text.to_owned()))
                .unwrap_err()
                .message
        };
        assert_eq!(
            parse(&layers(&[], &[], file)),
            "`join` at groundline.toml:3: `lfet` is not one of left, inner; did you mean `left`?"
        );
        assert_eq!(
            parse(&layers(&[], &[("join", "outer")], file)),
            "GROUNDLINE_JOIN: `outer` is not one of left, inner"
        );
    }

    #[test]
    fn a_file_without_models_leaves_the_model_to_the_flags() {
        let layers = layers(
            &[("model", "churn"), ("captures", "c")],
            &[],
            "[output]\nuri = \"out\"\n",
        );
        assert!(!layers.has_models());
        let models = layers.models();
        let model = models.first().unwrap();
        assert_eq!(model.text("model").as_deref(), Some("churn"));
        assert_eq!(model.text("out").as_deref(), Some("out"));
        assert_eq!(model.of_model(), "");
    }
}

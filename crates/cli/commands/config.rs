//! `groundline config show`

use std::borrow::Cow;

use groundline_store::shown;
use serde_json::{Value as Json, json};

use crate::args::config::{ConfigArgs, ConfigCommand};
use crate::config::layers::Layers;
use crate::config::own_columns;
use crate::config::resolved::Resolved;
use crate::config::select::select;
use crate::config::setting::{Kind, SETTINGS, Setting};
use crate::config::value::{Origin, Value};
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::output::Form;
use crate::output::json::document;
use crate::output::table::Grid;
use crate::printer::{Printer, Stdout};

pub(crate) fn run(args: &ConfigArgs) -> Result<ExitStatus, Failure> {
    let ConfigCommand::Show(args) = &args.command;
    let layers = Layers::load(args.layer())?;
    let settings = layers.common();
    let printer = Printer::new(settings.switch("quiet"));
    for warning in &layers.warnings {
        printer.warn(warning);
    }
    let form = settings.require("output", |text| match Form::parse(text) {
        form @ (Form::Table | Form::Json) => Ok(form),
        _ => Err(format!("`{text}` is not one of table, json here")),
    })?;
    let lines = lines(&layers)?;
    let mut out = Stdout::open();
    if form == Form::Json {
        document(&lines.iter().map(Line::json).collect::<Vec<_>>(), &mut out)?;
    } else {
        let mut grid = Grid::new(&["model", "key", "value", "from"]);
        for line in lines {
            grid.row(vec![
                line.model.clone().unwrap_or_default(),
                line.key.to_string(),
                line.shown(),
                line.from,
            ]);
        }
        grid.print(&mut out)?;
    }
    out.flush()?;
    Ok(ExitStatus::Clean)
}

/// One setting of one model, or of the run.
#[derive(Debug)]
struct Line {
    model: Option<String>,
    key: Cow<'static, str>,
    value: Option<Value>,
    from: String,
}

impl Line {
    fn new(model: Option<&str>, settings: &Resolved<'_>, setting: &Setting) -> Self {
        let found = settings.find(setting.key);
        let from = match &found {
            Some((_, Origin::Flag)) => format!("flag --{}", setting.key),
            Some((_, Origin::Environment)) => format!("environment {}", setting.variable()),
            Some((_, Origin::File { path, line })) => format!("{path}:{line}"),
            Some((_, Origin::Default)) | None => "default".to_owned(),
        };
        Self {
            model: model.map(str::to_owned),
            key: setting.key.into(),
            value: found.map(|(value, _)| without_passwords(setting, value)),
            from,
        }
    }

    fn shown(&self) -> String {
        match &self.value {
            Some(value) => value.to_string(),
            None => unset(&self.key).to_owned(),
        }
    }

    fn json(&self) -> Json {
        let value = match &self.value {
            None => Json::Null,
            Some(Value::Text(text)) => json!(text),
            Some(Value::List(items)) => json!(items),
        };
        json!({ "model": self.model, "key": self.key, "value": value, "from": self.from })
    }
}

/// The value as it may be shown: what people paste into a ticket must not hold the password of a URI.
fn without_passwords(setting: &Setting, value: Value) -> Value {
    let is_place = matches!(setting.kind, Kind::Path | Kind::Maps) || setting.key == "endpoint-url";
    match value {
        value if !is_place => value,
        Value::Text(text) => Value::Text(shown_entry(&text)),
        Value::List(items) => Value::List(items.iter().map(|item| shown_entry(item)).collect()),
    }
}

/// A path or a URI, or an entry of `map`, whose both sides may be URIs.
fn shown_entry(text: &str) -> String {
    let mut starts = text.match_indices('=').map(|(at, _)| at);
    let second = starts.find(|at| {
        let after = text.get(at + 1..).unwrap_or_default();
        after.split_once("://").is_some_and(|(scheme, _)| {
            !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
    });
    match second.and_then(|at| text.split_at_checked(at)) {
        Some((left, right)) => {
            let right = right.strip_prefix('=').unwrap_or(right);
            format!("{}={}", shown(left), shown(right))
        }
        None => shown(text),
    }
}

/// What holds where nobody said anything and no fixed default does.
fn unset(key: &str) -> &'static str {
    match key {
        "endpoint" | "variant" | "columns" => "(all)",
        "as-of" => "(now)",
        "threads" => "(all processors)",
        "temp-dir" => "(the platform's)",
        "problem-type" => "(by the attributes)",
        _ => "",
    }
}

/// What only the file can say of a model: its columns and its later mappings.
fn own(model: &str, settings: Resolved<'_>) -> Vec<Line> {
    let file = settings.file().unwrap_or_default().to_owned();
    let line = |key: String, value: Value, at: usize| Line {
        model: Some(model.to_owned()),
        key: key.into(),
        value: Some(value),
        from: format!("{file}:{at}"),
    };
    let mut lines = Vec::new();
    if let Some((columns, at)) = settings.columns() {
        let columns = columns.iter().map(own_columns::told).collect();
        lines.push(line("own columns".to_owned(), Value::List(columns), *at));
    }
    for (mapping, _) in settings.mappings() {
        for (key, (value, at)) in &mapping.values {
            lines.push(line(
                format!("{key} from {}", mapping.from),
                value.clone(),
                *at,
            ));
        }
    }
    lines
}

/// The selected models' settings, then those of the run.
fn lines(layers: &Layers) -> Result<Vec<Line>, Failure> {
    let mut lines = Vec::new();
    for selected in select(layers)? {
        lines.extend(
            SETTINGS
                .iter()
                .filter(|setting| setting.section.is_of_model())
                .map(|setting| Line::new(Some(&selected.name), &selected.settings, setting)),
        );
        lines.extend(own(&selected.name, selected.settings));
    }
    let common = layers.common();
    lines.extend(
        SETTINGS
            .iter()
            .filter(|setting| !setting.section.is_of_model())
            .map(|setting| Line::new(None, &common, setting)),
    );
    Ok(lines)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;
    use crate::config::file::ConfigFile;

    #[test]
    fn every_line_says_where_its_value_came_from() {
        let mut layers = Layers::default();
        let file = "[[model]]\nname = \"churn\"\nlabels = \"gt\"\n[run]\nthreads = 4\n";
        layers.file = Some(ConfigFile::parse("conf/groundline.toml", file).unwrap());
        layers.flags.set("join", Value::Text("inner".into()));
        layers.environment.set("out", Value::Text("merged".into()));
        let lines = lines(&layers).unwrap();
        let told = |key: &str| {
            let line = lines.iter().find(|line| line.key == key).unwrap();
            format!("{:?} {} {}", line.model.as_deref(), line.shown(), line.from)
        };
        assert_eq!(told("join"), "Some(\"churn\") inner flag --join");
        assert_eq!(
            told("labels"),
            "Some(\"churn\") conf/gt conf/groundline.toml:3"
        );
        assert_eq!(told("out"), "None merged environment GROUNDLINE_OUT");
        assert_eq!(told("threads"), "None 4 conf/groundline.toml:5");
        assert_eq!(told("label-lead"), "Some(\"churn\") P1D default");
        assert_eq!(lines.len(), SETTINGS.len());
    }

    #[test]
    fn both_sides_of_a_map_are_shown_without_their_password() {
        for (entry, expected) in [
            ("s3://b/p=local", "s3://b/p=local"),
            ("s3://b/p=s3://k:pw@c/p", "s3://b/p=s3://…@c/p"),
            ("s3://k:p=w@b/p=local", "s3://…@b/p=local"),
            ("s3://k:pw@b/p=s3://c/p", "s3://…@b/p=s3://c/p"),
            ("date=1/x", "date=1/x"),
        ] {
            assert_eq!(shown_entry(entry), expected, "{entry}");
        }
    }
}

//! The configuration as text: every line with the reason for it.

use std::path::{Path, PathBuf};

use groundline_engine::{
    Counted, Findings, LabelTableFindings, MatchFindings, ModelFindings, Proposal,
};

use crate::amount;
use crate::init::command;

/// What is written, and where the merge will write.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) config: String,
    pub(crate) out: String,
    /// Keys and values of `[storage]`.
    pub(crate) storage: Vec<(&'static str, String)>,
}

/// The whole file.
pub(crate) fn text(findings: &Findings, target: &Target) -> String {
    let mut page = Page::default();
    page.comment(&format!(
        "Proposed by `groundline init`, which looked at {} and opened {}.",
        amount::of(findings.read.events, "prediction"),
        amount::of(findings.read.objects, "file")
    ));
    page.comment(&format!(
        "Look it over, then: {}",
        command::merge(&target.config)
    ));
    for model in &findings.models {
        page.blank();
        write_model(model, findings, target, &mut page);
    }
    page.blank();
    page.line("[output]");
    page.setting("uri", &path(&target.out, &target.config));
    if !target.storage.is_empty() {
        page.blank();
        page.line("[storage]");
    }
    for (name, value) in &target.storage {
        match value.as_str() {
            "true" => page.line(&format!("{name} = true")),
            text => page.setting(name, text),
        }
    }
    if let Some(window) = &findings.window {
        page.blank();
        page.line("[run]");
        if let Some((first, last)) = &window.span {
            page.comment(&format!("there are predictions from {first} to {last}"));
        }
        page.comment(&window.why);
        page.setting("from", &window.from);
        page.setting("to", &window.to);
        write_rejects(findings, &mut page);
    }
    page.text
}

fn write_model(model: &ModelFindings, findings: &Findings, target: &Target, page: &mut Page) {
    page.line("[[model]]");
    page.setting("name", &model.name);
    let source = findings
        .sources
        .iter()
        .find(|source| source.uri == model.uri);
    for place in source.into_iter().flat_map(|source| &source.places) {
        let own = model.endpoints.is_empty() || model.endpoints.contains(&place.endpoint);
        if own && model.kind == "captures" {
            page.comment(&format!(
                "{}/{}: {} from {} to {}, {}, {}{}",
                place.endpoint,
                place.variant,
                amount::at_least(place.counted.is_some(), &amount::of(place.hours, "hour")),
                place.first_hour,
                place.last_hour,
                amount::at_least(place.at_least, &amount::of(place.files, "file")),
                amount::bytes(place.bytes),
                part(&place.counted)
            ));
        } else if own {
            page.comment(&format!(
                "{} from {} to {}, {}{}",
                amount::at_least(place.at_least, &amount::of(place.files, "output")),
                place.first_hour,
                place.last_hour,
                amount::bytes(place.bytes),
                part(&place.counted)
            ));
        }
    }
    page.setting(model.kind, &path(&model.uri, &target.config));
    if !model.map.is_empty() {
        let entries = model.map.iter().map(|entry| match entry.split_once('=') {
            Some((uri, local)) => format!("{uri}={}", path(local, &target.config)),
            None => entry.clone(),
        });
        page.list("map", &entries.collect::<Vec<_>>());
    }
    if let Some(hour) = &model.transform_hour {
        page.setting("transform_hour", hour);
    }
    if !model.endpoints.is_empty() {
        page.list("endpoints", &model.endpoints);
    }
    if !model.variants.is_empty() {
        page.list("variants", &model.variants);
    }
    match &model.labels {
        // They have a section of their own.
        _ if findings.label_table.is_some() => {}
        Some(labels) => {
            if let Some(found) = &findings.labels {
                page.comment(&format!(
                    "{} of labels from {} to {}, {}{}",
                    amount::at_least(found.at_least, &amount::of(found.files, "file")),
                    found.first_hour,
                    found.last_hour,
                    amount::bytes(found.bytes),
                    part(&found.counted)
                ));
            }
            page.setting("labels", &path(labels, &target.config));
        }
        None => {
            page.comment("a merge needs labels: the prefix above yyyy/mm/dd/hh");
            page.comment("labels = \"ground-truth\"");
        }
    }
    write_values(model, page);
    write_matching(model, page);
    if let Some(table) = &findings.label_table {
        page.blank();
        write_label_table(table, target, page);
    }
    for mapping in &model.mappings {
        page.blank();
        page.line("[[model.mapping]]");
        page.comment(&mapping.why);
        page.setting("from", &mapping.from);
        mapping
            .settings
            .iter()
            .for_each(|setting| page.proposal(setting));
    }
}

/// `[model.labels]`: as it is to be used, or, where a column could not be told, as it is to be filled in.
fn write_label_table(table: &LabelTableFindings, target: &Target, page: &mut Page) {
    let files = path(&table.files, &target.config);
    if table.complete {
        page.line("[model.labels]");
        page.setting("files", &files);
        table.settings.iter().for_each(|told| page.proposal(told));
        return;
    }
    page.comment(&format!("a merge needs labels, and {}", untold(table)));
    page.comment("[model.labels]");
    page.comment(&format!("files = {}", string(&files)));
    for (key, what) in LABEL_COLUMNS {
        let told = table.settings.iter().find(|told| told.key == key);
        let value = told.map_or("COLUMN", |told| told.value.as_str());
        let why = told.map_or(what, |told| told.why.as_str());
        page.comment(&format!("{key} = {}   # {why}", string(value)));
    }
}

/// Keys of `[model.labels]`, and what stands in each.
const LABEL_COLUMNS: [(&str, &str); 3] = [
    ("id", "the event's id"),
    ("label", "what turned out to be true"),
    (
        "collected_at",
        "when that was known; its hour is the label's hour",
    ),
];

/// What is missing in a table of labels, and what there is.
pub(crate) fn untold(table: &LabelTableFindings) -> String {
    let missing = LABEL_COLUMNS
        .iter()
        .filter(|(key, _)| !table.settings.iter().any(|told| told.key == *key));
    let missing: Vec<String> = missing
        .map(|(key, what)| format!("{key} ({what})"))
        .collect();
    format!(
        "which columns of {} are {} cannot be told; there are: {}",
        table.files,
        missing.join(", "),
        table.columns.join(", ")
    )
}

fn write_values(model: &ModelFindings, page: &mut Page) {
    page.blank();
    let records = match model.records_per_event {
        (least, most) if least == most => amount::of(most, "record"),
        (least, most) => format!("{least} to {most} records"),
    };
    page.comment(&format!(
        "inputs {}; outputs {}; {records} in a payload",
        formats(&model.inputs),
        formats(&model.outputs)
    ));
    for field in model.fields.iter().filter(|field| field.present > 0) {
        page.comment(&format!("  {}", super::report::field(field)));
    }
    let values = model
        .settings
        .iter()
        .filter(|setting| !OF_JOIN.contains(&setting.key));
    values.for_each(|setting| page.proposal(setting));
    model.notes.iter().for_each(|note| page.comment(note));
}

/// Settings that say how labels are matched: they stand with its rates.
const OF_JOIN: [&str; 5] = [
    "match",
    "label_id_field",
    "id_attribute",
    "label_lead",
    "capture_percentage",
];

fn write_matching(model: &ModelFindings, page: &mut Page) {
    let Some(matching) = &model.matching else {
        return;
    };
    page.blank();
    rates(matching).iter().for_each(|line| page.comment(line));
    let settings = model
        .settings
        .iter()
        .filter(|setting| OF_JOIN.contains(&setting.key));
    settings.for_each(|setting| page.proposal(setting));
}

/// The rate of each way of matching, the chosen one first, and when labels come.
pub(crate) fn rates(matching: &MatchFindings) -> Vec<String> {
    let chosen = matching.ways.get(matching.chosen);
    let of_labels = if matching.whole {
        "a label"
    } else {
        "a label in the hours that were read"
    };
    let others = matching.ways.iter().enumerate();
    let others = others
        .filter(|(index, _)| *index != matching.chosen)
        .map(|(_, way)| way);
    let mut lines: Vec<String> = chosen
        .into_iter()
        .chain(others)
        .map(|way| {
            let sides = [
                (way.labels_matched, way.labels, "label", "a prediction"),
                (
                    way.predictions_matched,
                    way.predictions,
                    "prediction",
                    of_labels,
                ),
            ];
            let sides = sides.into_iter().filter(|side| side.1 > 0);
            let shares: Vec<String> = sides
                .map(|(part, whole, what, has)| amount::share(part, whole, what, has))
                .collect();
            format!("{}: {}", way.setting, shares.join("; "))
        })
        .collect();
    if !matching.whole {
        lines.push(format!(
            "a sample: {} of predictions and {} of labels were read",
            amount::of(matching.prediction_hours, "hour"),
            amount::of(matching.label_hours, "hour")
        ));
    }
    if matching.predictions_cut {
        lines.push(
            "not all predictions of these hours were read, so more labels have one than is said here"
                .to_owned(),
        );
    }
    if let Some((least, median, most)) = matching.delay {
        lines.push(format!(
            "labels were collected {least} to {most} hours after their prediction's hour, {median} in the median"
        ));
    }
    lines
}

fn write_rejects(findings: &Findings, page: &mut Page) {
    let Some(rejects) = &findings.rejects else {
        page.comment("no record that was read is a reject; this would accept some in every hour:");
        page.comment("max_rejects = \"1%\"");
        return;
    };
    page.comment(&rejects.why);
    if let Some(accepted) = &rejects.max_rejects {
        page.setting("max_rejects", accepted);
    }
}

fn formats(formats: &[Counted]) -> String {
    let named: Vec<String> = formats
        .iter()
        .take(4)
        .map(|format| format!("{} ×{}", format.what, format.count))
        .collect();
    if named.is_empty() {
        "absent".to_owned()
    } else {
        named.join(", ")
    }
}

fn part(counted: &Option<String>) -> String {
    counted
        .as_ref()
        .map_or(String::new(), |part| format!(" ({part})"))
}

/// A path as the configuration must say it: relative to its own folder.
fn path(path: &str, config: &str) -> String {
    let folder = match Path::new(config).parent() {
        Some(folder) if folder != Path::new("") && folder != Path::new(".") => folder,
        _ => return path.to_owned(),
    };
    if path.contains("://") || Path::new(path).is_absolute() {
        return path.to_owned();
    }
    let inside = Path::new(path).strip_prefix(folder).ok();
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    match inside {
        Some(inside) if inside == Path::new("") => ".".to_owned(),
        Some(inside) => text(inside.to_path_buf()),
        None => text(std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path))),
    }
}

/// Lines of a TOML document.
#[derive(Debug, Default)]
struct Page {
    text: String,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn blank(&mut self) {
        self.line("");
    }

    /// Text of records may hold anything; a comment is one line.
    fn comment(&mut self, text: &str) {
        self.text.push_str("# ");
        for c in text.chars() {
            if c.is_control() {
                self.text.extend(c.escape_default());
            } else {
                self.text.push(c);
            }
        }
        self.text.push('\n');
    }

    fn setting(&mut self, key: &str, value: &str) {
        self.line(&format!("{key} = {}", string(value)));
    }

    fn list(&mut self, key: &str, values: &[String]) {
        let values: Vec<String> = values.iter().map(|value| string(value)).collect();
        self.line(&format!("{key} = [{}]", values.join(", ")));
    }

    fn proposal(&mut self, proposal: &Proposal) {
        self.comment(&proposal.why);
        let value = match proposal.key {
            "capture_percentage" => proposal.value.clone(),
            _ => string(&proposal.value),
        };
        if proposal.active {
            self.line(&format!("{} = {value}", proposal.key));
        } else {
            self.comment(&format!("{} = {value}", proposal.key));
        }
    }
}

/// A TOML string, escaped.
fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    #[test]
    fn any_text_survives_as_a_toml_string() {
        for text in [
            "plain",
            "a \"b\" \\ c",
            "line\nend\t\u{7f}\u{1}",
            "São # ' \u{85}",
        ] {
            let document: toml::Table = toml::from_str(&format!("x = {}", string(text))).unwrap();
            assert_eq!(document["x"].as_str().unwrap(), text);
        }
    }

    #[test]
    fn a_comment_stays_on_its_line() {
        let mut page = Page::default();
        page.comment("a\nb = 1\r\u{85}");
        assert_eq!(page.text, "# a\\nb = 1\\r\\u{85}\n");
    }

    #[test]
    fn paths_are_relative_to_the_configuration() {
        assert_eq!(
            path("corpus/captures", "groundline.toml"),
            "corpus/captures"
        );
        assert_eq!(path("corpus/captures", "corpus/g.toml"), "captures");
        assert_eq!(path("s3://b/c", "corpus/g.toml"), "s3://b/c");
        assert_eq!(path("/data/c", "corpus/g.toml"), "/data/c");
        assert_eq!(path("corpus", "corpus/g.toml"), ".");
        assert!(Path::new(&path("elsewhere", "corpus/g.toml")).is_absolute());
    }
}

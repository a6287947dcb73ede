//! The table of everything that can be set, by flag, environment or file.

/// One setting. Its flag is `--{key}` and its variable `GROUNDLINE_{KEY}`.
#[derive(Debug)]
pub(crate) struct Setting {
    /// Name of the flag.
    pub(crate) key: &'static str,
    pub(crate) section: Section,
    /// Key in the section of `groundline.toml`; `None` cannot be set there.
    pub(crate) file: Option<&'static str>,
    pub(crate) kind: Kind,
    /// What holds when nobody says anything; `None` is nothing, or decided when the run starts.
    pub(crate) default: Option<&'static str>,
}

/// Where a setting lives in `groundline.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// `[[model]]`, once for each model.
    Model,
    /// `[model.labels]`, of the `[[model]]` above it.
    Labels,
    /// `[output]`
    Output,
    /// `[run]`
    Run,
    /// `[storage]`
    Storage,
    /// `[publish]`
    Publish,
    /// Of one call of the program, never in the file.
    Call,
}

/// What a value looks like. The file's types are checked by it; meaning is checked where it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    /// Text, or a number that stands for its digits: a CSV column, a class.
    Word,
    /// A folder, file or URI; in the file relative to the file's own folder.
    Path,
    /// A list of texts.
    List,
    /// A list of `s3://bucket/prefix=LOCAL`.
    Maps,
    Choice(&'static [&'static str]),
    Switch,
    /// A switch that the file states the other way round (`--no-reject-bytes`, `reject_bytes = false`).
    Negation,
    Integer,
    Number,
    /// An hour or time; the file may use TOML's own date-times.
    Time,
    /// A count or a share: an integer, or text such as `16MiB` or `1%`.
    Amount,
}

impl Section {
    /// Those that the file can have.
    pub(crate) const IN_FILE: [Self; 6] = [
        Self::Model,
        Self::Labels,
        Self::Output,
        Self::Run,
        Self::Storage,
        Self::Publish,
    ];

    /// Whether each model has its own.
    pub(crate) fn is_of_model(self) -> bool {
        matches!(self, Self::Model | Self::Labels)
    }

    /// As it is written in the file and in messages.
    pub(crate) fn heading(self) -> &'static str {
        match self {
            Self::Model => "[[model]]",
            Self::Labels => "[model.labels]",
            Self::Output => "[output]",
            Self::Run => "[run]",
            Self::Storage => "[storage]",
            Self::Publish => "[publish]",
            Self::Call => "",
        }
    }
}

impl Setting {
    /// `GROUNDLINE_LABEL_LEAD`
    pub(crate) fn variable(&self) -> String {
        format!("GROUNDLINE_{}", self.key.to_uppercase().replace('-', "_"))
    }
}

/// The setting of a key. Keys are constants of this program.
pub(crate) fn setting(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

/// The settings that one section of the file can hold.
pub(crate) fn in_section(section: Section) -> impl Iterator<Item = &'static Setting> {
    SETTINGS
        .iter()
        .filter(move |setting| setting.section == section && setting.file.is_some())
}

const PROBLEM_TYPES: &[&str] = &[
    "BinaryClassification",
    "MulticlassClassification",
    "Regression",
];

/// Every setting, in the order of `groundline config show`.
pub(crate) static SETTINGS: &[Setting] = &[
    model("model", "name", Kind::Text, Some("default")),
    model("captures", "captures", Kind::Path, None),
    model("transforms", "transforms", Kind::Path, None),
    model("map", "map", Kind::Maps, None),
    model("transform-hour", "transform_hour", Kind::Time, None),
    model("endpoint", "endpoints", Kind::List, None),
    model("variant", "variants", Kind::List, None),
    model("labels", "labels", Kind::Path, None),
    model("label-id-field", "label_id_field", Kind::Word, None),
    model("id-attribute", "id_attribute", Kind::Word, None),
    model("where", "where", Kind::Text, None),
    model("sql", "sql", Kind::Path, None),
    model(
        "capture-percentage",
        "capture_percentage",
        Kind::Number,
        Some("100"),
    ),
    labels("label-files", "files", Kind::Path),
    labels("label-id", "id", Kind::Word),
    labels("label-value", "label", Kind::Word),
    labels("label-time", "collected_at", Kind::Word),
    labels("label-sql", "sql", Kind::Text),
    labels("label-sql-file", "sql_file", Kind::Path),
    model(
        "problem-type",
        "problem_type",
        Kind::Choice(PROBLEM_TYPES),
        None,
    ),
    model(
        "inference-attribute",
        "inference_attribute",
        Kind::Word,
        None,
    ),
    model(
        "probability-attribute",
        "probability_attribute",
        Kind::Word,
        None,
    ),
    model(
        "ground-truth-attribute",
        "ground_truth_attribute",
        Kind::Word,
        None,
    ),
    model(
        "probability-threshold",
        "probability_threshold",
        Kind::Number,
        Some("0.5"),
    ),
    model("class-names", "class_names", Kind::List, None),
    model("positive-class", "positive_class", Kind::Word, Some("1")),
    model("negative-class", "negative_class", Kind::Word, Some("0")),
    model(
        "label-type",
        "label_type",
        Kind::Choice(&["auto", "string"]),
        Some("auto"),
    ),
    model(
        "label-layout",
        "label_layout",
        Kind::Choice(&["auto", "rows", "columns"]),
        Some("auto"),
    ),
    model(
        "match",
        "match",
        Kind::Choice(&["coalesce", "either"]),
        Some("coalesce"),
    ),
    model(
        "duplicate-labels",
        "duplicate_labels",
        Kind::Choice(&["latest", "first", "all", "error"]),
        Some("latest"),
    ),
    model(
        "join",
        "join",
        Kind::Choice(&["left", "inner"]),
        Some("left"),
    ),
    model("constraints", "constraints", Kind::Path, None),
    model("label-lead", "label_lead", Kind::Text, Some("P1D")),
    model(
        "label-horizon",
        "label_horizon",
        Kind::Text,
        Some("unlimited"),
    ),
    model("min-coverage", "min_coverage", Kind::Number, Some("0.95")),
    model("max-age", "max_age", Kind::Text, Some("P7D")),
    model("restate-step", "restate_step", Kind::Number, Some("0.05")),
    output("out", "uri", Kind::Path, None),
    output("columns", "columns", Kind::List, None),
    output(
        "format",
        "format",
        Kind::Choice(&["parquet", "jsonl"]),
        Some("parquet"),
    ),
    run("from", "from", Kind::Time, None),
    run("to", "to", Kind::Time, None),
    run("last", "last", Kind::Text, None),
    run("all", "all", Kind::Switch, Some("false")),
    run("as-of", "as_of", Kind::Time, None),
    run("max-rejects", "max_rejects", Kind::Amount, Some("0")),
    run("max-absent", "max_absent", Kind::Amount, Some("1%")),
    run(
        "no-reject-bytes",
        "reject_bytes",
        Kind::Negation,
        Some("false"),
    ),
    run("settle", "settle", Kind::Text, Some("PT15M")),
    run("jobs", "jobs", Kind::Integer, None),
    run("threads", "threads", Kind::Integer, None),
    run("batch-size", "batch_size", Kind::Integer, Some("8192")),
    run("split-size", "split_size", Kind::Amount, Some("16MiB")),
    run(
        "max-record-bytes",
        "max_record_bytes",
        Kind::Amount,
        Some("64MiB"),
    ),
    run("memory-limit", "memory_limit", Kind::Amount, Some("60%")),
    run("temp-dir", "temp_dir", Kind::Path, None),
    run("cluster", "cluster", Kind::Text, None),
    run(
        "plan",
        "plan",
        Kind::Choice(&["fast", "spilled", "reference"]),
        Some("fast"),
    ),
    run("metrics-dir", "metrics_dir", Kind::Path, None),
    run("sql-dir", "sql_dir", Kind::Path, None),
    storage("endpoint-url", "endpoint_url", Kind::Text, None),
    storage("region", "region", Kind::Text, None),
    storage("profile", "profile", Kind::Text, None),
    storage(
        "no-sign-request",
        "no_sign_request",
        Kind::Switch,
        Some("false"),
    ),
    storage(
        "sse",
        "sse",
        Kind::Choice(&["AES256", "aws:kms", "aws:kms:dsse"]),
        None,
    ),
    storage("kms-key-id", "kms_key_id", Kind::Text, None),
    publish("publish", "to", Kind::List, None),
    publish(
        "publish-timestamp",
        "timestamp",
        Kind::Choice(&["window", "run"]),
        Some("window"),
    ),
    publish("publish-all", "all", Kind::Switch, Some("false")),
    publish("publish-restated", "restated", Kind::Switch, Some("false")),
    publish(
        "cloudwatch-namespace",
        "cloudwatch_namespace",
        Kind::Text,
        None,
    ),
    publish(
        "cloudwatch-endpoint-url",
        "cloudwatch_endpoint_url",
        Kind::Text,
        None,
    ),
    publish("cloudwatch-file", "cloudwatch_file", Kind::Path, None),
    publish("openmetrics-file", "openmetrics_file", Kind::Path, None),
    call("config", Kind::Path, None),
    call("shard", Kind::Text, None),
    call("in", Kind::Path, None),
    call(
        "output",
        Kind::Choice(&["table", "json", "ndjson", "csv"]),
        Some("table"),
    ),
    call("quiet", Kind::Switch, Some("false")),
    call("ok", Kind::List, None),
];

const fn publish(
    key: &'static str,
    file: &'static str,
    kind: Kind,
    default: Option<&'static str>,
) -> Setting {
    Setting {
        key,
        section: Section::Publish,
        file: Some(file),
        kind,
        default,
    }
}

const fn model(
    key: &'static str,
    file: &'static str,
    kind: Kind,
    default: Option<&'static str>,
) -> Setting {
    Setting {
        key,
        section: Section::Model,
        file: Some(file),
        kind,
        default,
    }
}

const fn labels(key: &'static str, file: &'static str, kind: Kind) -> Setting {
    Setting {
        key,
        section: Section::Labels,
        file: Some(file),
        kind,
        default: None,
    }
}

const fn output(
    key: &'static str,
    file: &'static str,
    kind: Kind,
    default: Option<&'static str>,
) -> Setting {
    Setting {
        key,
        section: Section::Output,
        file: Some(file),
        kind,
        default,
    }
}

const fn run(
    key: &'static str,
    file: &'static str,
    kind: Kind,
    default: Option<&'static str>,
) -> Setting {
    Setting {
        key,
        section: Section::Run,
        file: Some(file),
        kind,
        default,
    }
}

const fn storage(
    key: &'static str,
    file: &'static str,
    kind: Kind,
    default: Option<&'static str>,
) -> Setting {
    Setting {
        key,
        section: Section::Storage,
        file: Some(file),
        kind,
        default,
    }
}

const fn call(key: &'static str, kind: Kind, default: Option<&'static str>) -> Setting {
    Setting {
        key,
        section: Section::Call,
        file: None,
        kind,
        default,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_key_variable_or_file_key_is_used_twice() {
        let keys: BTreeSet<_> = SETTINGS.iter().map(|setting| setting.key).collect();
        assert_eq!(keys.len(), SETTINGS.len());
        for section in Section::IN_FILE {
            let names: BTreeSet<_> = in_section(section)
                .filter_map(|setting| setting.file)
                .collect();
            assert_eq!(
                names.len(),
                in_section(section).count(),
                "{}",
                section.heading()
            );
        }
    }

    #[test]
    fn every_setting_has_a_flag_of_its_name() {
        use clap::CommandFactory;
        fn flags(command: &clap::Command) -> BTreeSet<&str> {
            let own = command.get_arguments().filter_map(|flag| flag.get_long());
            own.chain(command.get_subcommands().flat_map(flags))
                .collect()
        }
        let program = crate::args::Arguments::command();
        let flags = flags(&program);
        for setting in SETTINGS {
            assert!(flags.contains(setting.key), "--{}", setting.key);
        }
    }

    #[test]
    fn every_flag_of_merge_is_a_setting() {
        use clap::CommandFactory;
        let program = crate::args::Arguments::command();
        let merge = program.find_subcommand("merge");
        assert!(merge.is_some());
        for argument in merge.into_iter().flat_map(|merge| merge.get_arguments()) {
            let long = argument.get_long().unwrap_or_default();
            assert!(setting(long).is_some(), "--{long}");
            assert!(argument.get_help().is_some(), "--{long} has no help");
            assert!(
                argument.get_help_heading().is_some(),
                "--{long} has no heading"
            );
        }
    }
}

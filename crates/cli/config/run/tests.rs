//! Settings become options, or are refused by name.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use groundline_engine::{MaxRejects, ProblemType, Source};
use groundline_store::Hour;

use super::*;
use crate::config::file::ConfigFile;
use crate::config::value::Value;

/// Flags as `--key value`, lists separated by commas.
fn layers(flags: &str, file: &str) -> Layers {
    let mut layers = Layers::default();
    let mut words = flags.split(' ').filter(|word| !word.is_empty());
    while let Some(flag) = words.next() {
        let key = crate::config::setting::setting(flag.trim_start_matches("--"))
            .unwrap()
            .key;
        let text = words.next().unwrap();
        layers.flags.set(
            key,
            Value::List(text.split(',').map(str::to_owned).collect()),
        );
    }
    if !file.is_empty() {
        layers.file = Some(ConfigFile::parse("groundline.toml", file).unwrap());
    }
    layers
}

fn options(flags: &str, file: &str) -> MergeOptions {
    merge_options(&layers(flags, file), 7, None).unwrap()
}

fn refusal(flags: &str, file: &str) -> String {
    let failure = merge_options(&layers(flags, file), 7, None).unwrap_err();
    assert_eq!(failure.status.code(), 2);
    failure.message
}

const PLAIN: &str = "--captures c --labels l --out o --all true";

#[test]
fn flags_describe_one_model_with_the_documented_defaults() {
    let options = options(PLAIN, "");
    let model = options.models.first().unwrap();
    assert_eq!(model.name, "default");
    assert!(matches!(&model.source, Source::Captures { uri } if uri == "c"));
    assert_eq!(model.policy.label_lead_hours, 24);
    assert_eq!(model.policy.label_horizon_hours, None);
    assert_eq!(model.mapping.problem_type, None);
    assert_eq!(options.window, None);
    assert_eq!(options.as_of_micros, 7);
    assert_eq!(options.max_rejects, MaxRejects::Count(0));
    assert!(options.reject_bytes && !options.jsonl && options.columns.is_none());
    assert_eq!(options.resources.split_size, 16 << 20);
    assert_eq!(options.resources.limits.max_record_bytes, 64 << 20);
}

#[test]
fn a_probability_makes_the_problem_binary_unless_said_otherwise() {
    let kind = |flags: &str| {
        options(&format!("{PLAIN} {flags}"), "")
            .models
            .first()
            .unwrap()
            .mapping
            .problem_type
    };
    assert_eq!(
        kind("--probability-attribute 0"),
        Some(ProblemType::BinaryClassification)
    );
    assert_eq!(kind("--inference-attribute 0"), None);
    assert_eq!(
        kind("--problem-type Regression --inference-attribute 0"),
        Some(ProblemType::Regression)
    );
}

#[test]
fn what_is_missing_is_named() {
    for (flags, message) in [
        ("--labels l --out o --all true", "no predictions are given"),
        (
            "--captures c --transforms t --labels l --out o --all true",
            "both captures and transforms are given: --captures and --transforms",
        ),
        ("--captures c --out o --all true", "no labels are given"),
        ("--captures c --labels l --all true", "no output is given"),
        ("--captures c --labels l --out o", "no window is given"),
        (
            "--captures c --labels l --out o --from 2026-11-01",
            "--from is given without --to",
        ),
        (
            "--captures c --labels l --out o --to 2026-11-01",
            "--to is given without --from",
        ),
    ] {
        assert_eq!(refusal(flags, ""), message);
    }
}

#[test]
fn values_that_mean_nothing_are_refused() {
    for (flags, start) in [
        (
            "--problem-type Regression",
            "Regression needs --inference-attribute",
        ),
        (
            "--problem-type BinaryClassification",
            "BinaryClassification needs --probability-attribute or --inference-attribute",
        ),
        (
            "--probability-threshold 1.5",
            "--probability-threshold: `1.5` is not a number from 0 to 1",
        ),
        (
            "--probability-threshold NaN",
            "--probability-threshold: `NaN` is not a number",
        ),
        (
            "--columns key,keys",
            "--columns: `keys` is no column; did you mean `key`?",
        ),
        (
            "--columns key,key",
            "--columns: the column `key` stands twice",
        ),
        ("--label-lead P1M", "--label-lead: "),
        ("--endpoint a[b]", "--endpoint: `a[b]` holds `[`"),
        ("--max-rejects many", "--max-rejects: `many` is neither"),
        (
            "--threads 0",
            "--threads: `0` is not a whole number of at least 1",
        ),
        ("--split-size 0", "--split-size: a split cannot be empty"),
        ("--as-of soon", "--as-of: `soon` is not a time"),
        ("--from 2026-11-01", "both --all and --from, --to are given"),
    ] {
        let message = refusal(&format!("{PLAIN} {flags}"), "");
        assert!(message.starts_with(start), "{flags}: {message}");
    }
    let window = "--captures c --labels l --out o --from 2026-11-02T00 --to 2026-11-01T00";
    assert_eq!(
        refusal(window, ""),
        "the window is empty: --from 2026-11-02T00 is not before --to 2026-11-01T00"
    );
}

const FILE: &str = r#"
[[model]]
name = "churn"
captures = "c"
labels = "l"
label_horizon = "P30D"
[[model]]
name = "nightly"
transforms = "t"
map = ["s3://b/p=local"]
labels = "l2"
[output]
uri = "out"
columns = ["key", "label"]
[run]
all = true
max_rejects = "1%"
reject_bytes = false
"#;

#[test]
fn a_file_describes_several_models() {
    let options = options("", FILE);
    assert_eq!(options.models.len(), 2);
    let nightly = options.models.get(1).unwrap();
    assert!(
        matches!(&nightly.source, Source::Transforms { map, .. } if map == &["s3://b/p=local"])
    );
    assert!(
        nightly.endpoints.is_empty(),
        "`_batch` selects transforms and is no glob inside them"
    );
    assert_eq!(
        options.models.first().unwrap().policy.label_horizon_hours,
        Some(720)
    );
    assert_eq!(options.max_rejects, MaxRejects::Percent(1.0));
    assert!(!options.reject_bytes);
    assert_eq!(
        options.columns,
        Some(vec!["key".to_owned(), "label".to_owned()])
    );
}

#[test]
fn flags_over_a_file_override_in_every_model() {
    let options = options("--join inner --from 2026-11-01T00 --to 2026-11-01T02", FILE);
    assert!(
        options
            .models
            .iter()
            .all(|model| model.policy.join.as_str() == "inner")
    );
    let from = Hour::parse("2026-11-01T00").unwrap();
    assert_eq!(
        options.window.map(|window| window.from),
        Some(from),
        "a window goes before `all`"
    );
    let captures = merge_options(&layers("--captures x", FILE), 0, None).unwrap();
    assert!(
        captures
            .models
            .iter()
            .all(|model| matches!(&model.source, Source::Captures { uri } if uri == "x"))
    );
}

#[test]
fn a_problem_of_one_model_names_it() {
    let file =
        "[[model]]\nname = \"a\"\ncaptures = \"c\"\n[output]\nuri = \"o\"\n[run]\nall = true\n";
    assert_eq!(refusal("", file), "model `a`: no labels are given");
}

#[test]
fn times_are_instants_or_hours() {
    assert!(time("2026-11-01T06:30:00Z").is_ok());
    assert_eq!(
        time("2026-11-01T00"),
        Ok(Hour::parse("2026-11-01T00").unwrap().micros())
    );
    assert!(time("now").is_err());
}

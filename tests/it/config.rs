//! Settings: flag before environment before file before default, where `config show` says each came from,
//! what a configuration may hold, and which models a run selects.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::{Run, Scratch, capture, files, label};

/// `groundline config show --output json` as key to (value, from); the keys of a model as `model.key`.
fn shown(run: &Run) -> BTreeMap<String, (Value, String)> {
    let text = |line: &Value, name: &str| line.get(name).and_then(Value::as_str).map(str::to_owned);
    run.json()
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            let key = text(line, "key").unwrap();
            let key = match text(line, "model") {
                Some(model) => format!("{model}.{key}"),
                None => key,
            };
            let value = line.get("value").unwrap().clone();
            (key, (value, text(line, "from").unwrap()))
        })
        .collect()
}

const FILE: &str = r#"[[model]]
name = "churn"
captures = "data/cap"
labels = "data/gt"
probability_attribute = 0
probability_threshold = 0.4
join = "inner"
label_lead = "PT6H"
endpoints = ["churn-*", "other"]

[output]
uri = "out"
columns = ["key", "label"]

[run]
threads = 2
max_rejects = "1%"
reject_bytes = false
all = true
as_of = 2026-11-02T00:00:00Z
"#;

/// (key, in the file, variable and its value, flag and its value): text, number, list, count, choice, size.
const LAYERS: &[(&str, Value, (&str, &str), (&str, &str))] = &[];

#[test]
fn a_flag_goes_before_the_environment_before_the_file_before_the_default() {
    assert!(LAYERS.is_empty());
    let scratch = Scratch::new();
    scratch.write("conf/g.toml", FILE);
    let settings = [
        (
            "churn.join",
            json!("left"),
            json!("inner"),
            "GROUNDLINE_JOIN",
            "left",
            "--join",
            "inner",
            7,
        ),
        (
            "churn.probability-threshold",
            json!("0.5"),
            json!("0.4"),
            "GROUNDLINE_PROBABILITY_THRESHOLD",
            "0.3",
            "--probability-threshold",
            "0.2",
            6,
        ),
        (
            "churn.label-lead",
            json!("P1D"),
            json!("PT6H"),
            "GROUNDLINE_LABEL_LEAD",
            "PT7H",
            "--label-lead",
            "PT8H",
            8,
        ),
        (
            "threads",
            json!(null),
            json!("2"),
            "GROUNDLINE_THREADS",
            "3",
            "--threads",
            "4",
            16,
        ),
        (
            "max-rejects",
            json!("0"),
            json!("1%"),
            "GROUNDLINE_MAX_REJECTS",
            "5",
            "--max-rejects",
            "6",
            17,
        ),
    ];
    for (key, default, in_file, variable, environment, flag, value, line) in settings {
        let show = |arguments: &[&str], variables: &[(&str, &str)]| {
            let all = [&["config", "show", "--output", "json"], arguments].concat();
            let run = scratch.run_with(&all, variables).expect_status(0);
            let mut lines = shown(&run);
            // Without a file the one model is `default`.
            let key = key.replace(
                "churn.",
                if arguments.contains(&"--config") {
                    "churn."
                } else {
                    "default."
                },
            );
            lines.remove(&key).unwrap()
        };
        let file = &["--config", "conf/g.toml"][..];
        let both = [file, &[flag, value]].concat();
        let variables = &[(variable, environment)];
        assert_eq!(show(&[], &[]), (default, "default".to_owned()));
        assert_eq!(show(file, &[]), (in_file, format!("conf/g.toml:{line}")));
        assert_eq!(
            show(file, variables),
            (json!(environment), format!("environment {variable}"))
        );
        assert_eq!(
            show(&both, variables),
            (json!(value), format!("flag {flag}"))
        );
        assert_eq!(show(&both, &[]), (json!(value), format!("flag {flag}")));
        assert_eq!(
            show(&[], variables),
            (json!(environment), format!("environment {variable}"))
        );
        // An empty variable is an absent one.
        assert_eq!(
            show(file, &[(variable, "")]).1,
            format!("conf/g.toml:{line}")
        );
    }
}

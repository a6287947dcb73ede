//! Which layer a setting comes from.

use serde_json::{Value, json};

use super::shown;
use crate::harness::{Scratch, capture, label};

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
as_of = 2026-11-02T00:00:00Z
split_size = "1MiB"
memory_limit = "1GiB"
temp_dir = "scratch"
"#;

/// One setting in every layer: text as it is written, values as `config show` gives them.
struct Layered {
    key: &'static str,
    default: Value,
    line: usize,
    in_file: Value,
    environment: (&'static str, &'static str, Value),
    flag: (&'static [&'static str], Value),
}

#[test]
fn a_flag_goes_before_the_environment_before_the_file_before_the_default() {
    let settings = [
        Layered {
            key: "join",
            default: json!("left"),
            line: 7,
            in_file: json!("inner"),
            environment: ("GROUNDLINE_JOIN", "left", json!("left")),
            flag: (&["--join", "inner"], json!("inner")),
        },
        Layered {
            key: "probability-threshold",
            default: json!("0.5"),
            line: 6,
            in_file: json!("0.4"),
            environment: ("GROUNDLINE_PROBABILITY_THRESHOLD", "0.3", json!("0.3")),
            flag: (&["--probability-threshold", "0.2"], json!("0.2")),
        },
        Layered {
            key: "label-lead",
            default: json!("P1D"),
            line: 8,
            in_file: json!("PT6H"),
            environment: ("GROUNDLINE_LABEL_LEAD", "PT7H", json!("PT7H")),
            flag: (&["--label-lead", "PT8H"], json!("PT8H")),
        },
        Layered {
            key: "columns",
            default: json!(null),
            line: 13,
            in_file: json!(["key", "label"]),
            environment: ("GROUNDLINE_COLUMNS", "key, hour", json!(["key", "hour"])),
            flag: (&["--columns", "key,output"], json!(["key", "output"])),
        },
        Layered {
            key: "threads",
            default: json!(null),
            line: 16,
            in_file: json!("2"),
            environment: ("GROUNDLINE_THREADS", "3", json!("3")),
            flag: (&["--threads", "4"], json!("4")),
        },
        Layered {
            key: "max-rejects",
            default: json!("0"),
            line: 17,
            in_file: json!("1%"),
            environment: ("GROUNDLINE_MAX_REJECTS", "5", json!("5")),
            flag: (&["--max-rejects", "6%"], json!("6%")),
        },
        Layered {
            key: "no-reject-bytes",
            default: json!("false"),
            line: 18,
            in_file: json!("true"),
            environment: ("GROUNDLINE_NO_REJECT_BYTES", "off", json!("false")),
            flag: (&["--no-reject-bytes"], json!("true")),
        },
        Layered {
            key: "as-of",
            default: json!(null),
            line: 19,
            in_file: json!("2026-11-02T00:00:00Z"),
            environment: ("GROUNDLINE_AS_OF", "2026-11-03T00", json!("2026-11-03T00")),
            flag: (&["--as-of", "2026-11-04T00"], json!("2026-11-04T00")),
        },
        Layered {
            key: "split-size",
            default: json!("16MiB"),
            line: 20,
            in_file: json!("1MiB"),
            environment: ("GROUNDLINE_SPLIT_SIZE", "2MB", json!("2MB")),
            flag: (&["--split-size", "3M"], json!("3M")),
        },
        Layered {
            key: "memory-limit",
            default: json!("60%"),
            line: 21,
            in_file: json!("1GiB"),
            environment: ("GROUNDLINE_MEMORY_LIMIT", "512MB", json!("512MB")),
            flag: (&["--memory-limit", "25%"], json!("25%")),
        },
        Layered {
            key: "temp-dir",
            default: json!(null),
            line: 22,
            in_file: json!("conf/scratch"),
            environment: ("GROUNDLINE_TEMP_DIR", "elsewhere", json!("elsewhere")),
            flag: (&["--temp-dir", "/abs/tmp"], json!("/abs/tmp")),
        },
        Layered {
            key: "out",
            default: json!(null),
            line: 12,
            in_file: json!("conf/out"),
            environment: ("GROUNDLINE_OUT", "elsewhere", json!("elsewhere")),
            flag: (&["--out", "/abs/out"], json!("/abs/out")),
        },
    ];
    let scratch = Scratch::new();
    scratch.write("conf/g.toml", FILE);
    let show = |arguments: &[&str], variables: &[(&str, &str)]| {
        let all = [&["config", "show", "--output", "json"], arguments].concat();
        shown(&scratch.run_with(&all, variables).expect_status(0))
    };
    let file = ["--config", "conf/g.toml"];
    let variables: Vec<(&str, &str)> = settings
        .iter()
        .map(|s| (s.environment.0, s.environment.1))
        .collect();
    let flags: Vec<&str> = settings.iter().flat_map(|s| s.flag.0).copied().collect();
    let empty: Vec<(&str, &str)> = variables.iter().map(|(name, _)| (*name, "")).collect();
    let cases = [
        ("nothing", show(&[], &[])),
        ("file", show(&file, &[])),
        ("file and empty variables", show(&file, &empty)),
        ("variables", show(&[], &variables)),
        ("file and variables", show(&file, &variables)),
        ("flags", show(&flags, &[])),
        ("all", show(&[&file[..], &flags].concat(), &variables)),
    ];
    for (layers, found) in &cases {
        for setting in &settings {
            let expected = match *layers {
                "nothing" => (setting.default.clone(), "default".to_owned()),
                "file" | "file and empty variables" => (
                    setting.in_file.clone(),
                    format!("conf/g.toml:{}", setting.line),
                ),
                "variables" | "file and variables" => {
                    let (name, _, value) = &setting.environment;
                    (value.clone(), format!("environment {name}"))
                }
                _ => (setting.flag.1.clone(), format!("flag --{}", setting.key)),
            };
            assert_eq!(
                found.get(setting.key),
                Some(&expected),
                "{layers}: {}",
                setting.key
            );
        }
    }
}

#[test]
fn a_setting_of_each_layer_has_its_effect_on_the_rows() {
    let scratch = Scratch::new();
    let time = "2026-11-01T05:10:00Z";
    scratch
        .write(
            "cap/ep/v/2026/11/01/05/a.jsonl",
            capture("e1", None, time, "0.45") + &capture("e2", None, time, "0.9"),
        )
        .write("gt/2026/11/01/05/l.jsonl", label("e1", "1"))
        .write(
            "groundline.toml",
            "[[model]]\ncaptures = \"cap\"\nlabels = \"gt\"\nprobability_attribute = \"0\"\nprobability_threshold = 0.4\njoin = \"inner\"\n[output]\nuri = \"out\"\ncolumns = [\"key\", \"prediction\"]\n[run]\nall = true\nas_of = \"2026-11-02T00\"\n",
        );
    let rows = |flags: &[&str], variables: &[(&str, &str)]| {
        let all = [&["merge"], flags].concat();
        scratch.run_with(&all, variables).expect_status(0);
        let rows = scratch.rows("out/merged");
        let told: Vec<String> = rows
            .iter()
            .map(|row| {
                let text = |name: &str| row.get(name).cloned().flatten().unwrap_or_default();
                format!("{}={}", text("key"), text("prediction"))
            })
            .collect();
        told.join(" ")
    };
    assert_eq!(rows(&[], &[]), "e1=1");
    assert_eq!(
        rows(&[], &[("GROUNDLINE_PROBABILITY_THRESHOLD", "0.5")]),
        "e1=0"
    );
    assert_eq!(rows(&["--join", "left"], &[]), "e1=1 e2=1");
    let variables = [
        ("GROUNDLINE_JOIN", "left"),
        ("GROUNDLINE_PROBABILITY_THRESHOLD", "0.95"),
    ];
    assert_eq!(rows(&[], &variables), "e1=0 e2=0");
    assert_eq!(
        rows(&["--probability-threshold", "0.9"], &variables),
        "e1=0 e2=1"
    );
    assert_eq!(rows(&["--join", "inner"], &variables), "e1=0");
}

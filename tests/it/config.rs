//! Settings: flag before environment before file before default, where `config show` says each came from,
//! what a configuration may hold, and which models a run selects.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harness::{Run, Scratch, capture, files, label};

/// `config show --output json` as key to (value, from).
fn shown(run: &Run) -> BTreeMap<String, (Value, String)> {
    let lines = run.json();
    let text = |line: &Value, name: &str| line.get(name).unwrap().as_str().unwrap().to_owned();
    lines
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            let value = line.get("value").unwrap().clone();
            (text(line, "key"), (value, text(line, "from")))
        })
        .collect()
}

#[track_caller]
fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

/// What `merge --config FILE` says to a configuration that is wrong.
#[track_caller]
fn refusal(text: &str) -> String {
    let scratch = Scratch::new();
    scratch.write("conf/g.toml", text);
    let run = scratch
        .run(&["merge", "--config", "conf/g.toml"])
        .expect_status(2);
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    assert_eq!(files(&scratch.path("")), [scratch.path("conf/g.toml")]);
    run.stderr
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
fn config_show_names_every_flag_of_merge_once() {
    let scratch = Scratch::new();
    let shown = scratch
        .run(&["config", "show", "--output", "json"])
        .expect_status(0)
        .json();
    let mut keys: Vec<String> = shown
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.get("key").unwrap().as_str().unwrap().to_owned())
        .collect();
    let help = scratch.run(&["merge", "--help"]).expect_status(0).stdout;
    for word in help
        .split_whitespace()
        .filter(|word| word.starts_with("--"))
    {
        let flag = word
            .trim_start_matches('-')
            .trim_matches(|c: char| !c.is_ascii_alphabetic());
        if help.contains(&format!("      --{flag}")) {
            assert!(
                keys.iter().any(|key| key == flag),
                "--{flag} is not in config show"
            );
        }
    }
    let count = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), count);
}

#[test]
fn config_show_prints_a_table_with_one_row_for_each_setting_of_each_model() {
    let scratch = Scratch::new();
    scratch.write(
        "groundline.toml",
        "[[model]]\nname = \"a\"\nlabels = \"x\"\n[[model]]\nname = \"b\"\nlabels = \"y\"\n[output]\nuri = \"o\"\n",
    );
    let run = scratch
        .run_with(
            &["config", "show", "--join", "inner"],
            &[("GROUNDLINE_PLAN", "reference")],
        )
        .expect_status(0);
    let rows: Vec<Vec<&str>> = run
        .stdout
        .lines()
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert_eq!(rows.first().unwrap(), &["model", "key", "value", "from"]);
    for expected in [
        ["a", "labels", "x", "groundline.toml:3"],
        ["b", "labels", "y", "groundline.toml:6"],
        ["b", "join", "inner", "flag --join"],
        ["", "out", "o", "groundline.toml:8"],
        ["", "plan", "reference", "environment GROUNDLINE_PLAN"],
        ["", "threads", "(all processors)", "default"],
        ["a", "endpoint", "(all)", "default"],
    ] {
        assert_eq!(
            rows.iter().filter(|row| ***row == expected).count(),
            1,
            "{expected:?}"
        );
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

#[test]
fn groundline_config_names_the_file_and_a_flag_names_another() {
    let scratch = Scratch::new();
    for name in ["here", "there"] {
        scratch.write(
            &format!("{name}.toml"),
            format!("[[model]]\nname = \"{name}\"\n"),
        );
    }
    let model = |arguments: &[&str]| {
        let all = [&["config", "show", "--output", "json"], arguments].concat();
        let run = scratch
            .run_with(&all, &[("GROUNDLINE_CONFIG", "here.toml")])
            .expect_status(0);
        shown(&run).remove("model").unwrap()
    };
    assert_eq!(model(&[]), (json!("here"), "here.toml:2".to_owned()));
    assert_eq!(
        model(&["--config", "there.toml"]),
        (json!("there"), "there.toml:2".to_owned())
    );
}

#[test]
fn groundline_toml_of_the_folder_is_read_unless_flags_say_where_predictions_are() {
    let scratch = Scratch::new();
    scratch.write("groundline.toml", "[[model]]\nname = \"of-file\"\n");
    let model = |arguments: &[&str]| {
        let all = [&["config", "show", "--output", "json"], arguments].concat();
        shown(&scratch.run(&all).expect_status(0))
            .remove("model")
            .unwrap()
            .0
    };
    assert_eq!(model(&[]), "of-file");
    assert_eq!(model(&["--captures", "cap"]), "default");
    assert_eq!(model(&["--transforms", "tr"]), "default");
}

#[test]
fn paths_in_the_file_start_at_its_folder_and_those_of_flags_at_the_working_folder() {
    let scratch = Scratch::new();
    scratch.write(
        "conf/g.toml",
        "[[model]]\ntransforms = \"../tr\"\nlabels = \"/abs/gt\"\nmap = [\"s3://b/p=local\"]\n[output]\nuri = \"s3://b/out\"\n[run]\nsql_dir = \"sql\"\n",
    );
    let all = [
        "config",
        "show",
        "--output",
        "json",
        "--config",
        "conf/g.toml",
    ];
    let found = shown(&scratch.run(&all).expect_status(0));
    let value = |key: &str| found.get(key).unwrap().0.clone();
    assert_eq!(value("transforms"), "conf/../tr");
    assert_eq!(value("labels"), "/abs/gt");
    assert_eq!(value("map"), json!(["s3://b/p=conf/local"]));
    assert_eq!(value("out"), "s3://b/out");
    assert_eq!(value("sql-dir"), "conf/sql");
    let found = shown(
        &scratch
            .run(&[&all[..], &["--labels", "gt"]].concat())
            .expect_status(0),
    );
    assert_eq!(found.get("labels").unwrap().0, "gt");
}

#[test]
fn a_run_from_another_folder_reads_and_writes_beside_the_configuration() {
    let scratch = Scratch::new();
    scratch
        .write("conf/cap/ep/v/2026/11/01/05/a.jsonl", capture("e1", None, "2026-11-01T05:10:00Z", "0.9"))
        .write("conf/gt/2026/11/01/05/l.jsonl", label("e1", "1"))
        .write(
            "conf/g.toml",
            "[[model]]\ncaptures = \"cap\"\nlabels = \"gt\"\n[output]\nuri = \"out\"\n[run]\nall = true\nas_of = 2026-11-02T00:00:00Z\n",
        );
    scratch
        .run(&["merge", "--config", "conf/g.toml"])
        .expect_status(0);
    assert_eq!(scratch.rows("conf/out/merged").len(), 1);
    assert!(!scratch.path("out").exists());
}

#[test]
fn an_unknown_key_is_told_with_its_line_and_the_nearest() {
    for (text, parts) in [
        (
            "[[model]]\nname = \"a\"\nlables = \"x\"\n",
            &["error: unknown key `lables` in [[model]] at conf/g.toml:3; did you mean `labels`?"]
                [..],
        ),
        (
            "[[model]]\nprobability_atribute = 0\n",
            &[
                "`probability_atribute` in [[model]] at conf/g.toml:2; did you mean `probability_attribute`?",
            ],
        ),
        (
            "[run]\n\nthread = 2\n",
            &["unknown key `thread` in [run] at conf/g.toml:3; did you mean `threads`?"],
        ),
        (
            "[output]\nurl = \"x\"\n",
            &["unknown key `url` in [output] at conf/g.toml:2; did you mean `uri`?"],
        ),
        (
            "[run]\nwhatever = 1\n",
            &[
                "unknown key `whatever` in [run] at conf/g.toml:2",
                "hint: the keys of [run] are from, to, all",
            ],
        ),
        (
            "[run]\njoin = \"inner\"\n",
            &["unknown key `join` in [run] at conf/g.toml:2; it belongs in [[model]]"],
        ),
        (
            "threads = 2\n",
            &["unknown key `threads` at conf/g.toml:1; it belongs in [run]"],
        ),
        (
            "[outputs]\nuri = \"x\"\n",
            &[
                "unknown key `outputs` at conf/g.toml:1; did you mean `output`?",
                "hint: a configuration has [[model]] entries, [output], [run] and [storage]",
            ],
        ),
        (
            "[model]\nname = \"a\"\n",
            &["`model` at conf/g.toml:1: expected a section [[model]], found a table"],
        ),
    ] {
        assert_says(&refusal(text), parts);
    }
}

#[test]
fn a_section_of_a_later_version_is_not_called_unknown() {
    assert_says(
        &refusal("[[model]]\nname = \"a\"\n[schedule]\ncron = \"hourly\"\n"),
        &["error: `schedule` is not supported by this version, at conf/g.toml:3"],
    );
    assert_says(
        &refusal("[storage]\nsse = \"aws:kms\"\n"),
        &["`sse` is not supported by this version, at conf/g.toml:2"],
    );
}

#[test]
fn a_value_of_the_wrong_type_or_meaning_is_told_with_its_line() {
    const PLAIN: &str =
        "[[model]]\ncaptures = \"c\"\nlabels = \"l\"\n[output]\nuri = \"o\"\n[run]\nall = true\n";
    for (text, message) in [
        (
            "[run]\nthreads = \"two\"\n".to_owned(),
            "`threads` at conf/g.toml:2: expected a whole number, found a text",
        ),
        (
            "[[model]]\nprobability_threshold = \"0.5\"\n".to_owned(),
            "`probability_threshold` at conf/g.toml:2: expected a number, found a text",
        ),
        (
            "[[model]]\nendpoints = \"a\"\n".to_owned(),
            "`endpoints` at conf/g.toml:2: expected a list of texts like [\"a\", \"b\"], found a text",
        ),
        (
            "[run]\nall = 1\n".to_owned(),
            "`all` at conf/g.toml:2: expected true or false, found a whole number",
        ),
        (
            PLAIN.replace("labels", "join = \"outer\"\nlabels"),
            "`join` at conf/g.toml:3: `outer` is not one of left, inner",
        ),
        (
            PLAIN.replace("labels", "probability_threshold = 1.5\nlabels"),
            "`probability_threshold` at conf/g.toml:3: `1.5` is not a number from 0 to 1",
        ),
        (
            PLAIN.replace("labels", "label_lead = \"soon\"\nlabels"),
            "`label_lead` at conf/g.toml:3: ",
        ),
        (
            PLAIN.replace("uri", "columns = [\"key\", \"probabilty\"]\nuri"),
            "`columns` at conf/g.toml:5: `probabilty` is no column; did you mean `probability`?",
        ),
        ("[[model]\n".to_owned(), "conf/g.toml:1: "),
        (
            "[run]\nthreads = 1\nthreads = 2\n".to_owned(),
            "conf/g.toml:3: ",
        ),
        (
            "[[model]]\nname = \"a\"\n[[model]]\nname = \"a\"\n".to_owned(),
            "two models have the name `a`: `name` at conf/g.toml:2 and `name` at conf/g.toml:4",
        ),
        (
            "[[model]]\nname = \"a\"\n[[model]]\n".to_owned(),
            "the [[model]] at conf/g.toml:3 has no `name`; several models need one each",
        ),
    ] {
        assert_says(&refusal(&text), &[message]);
    }
}

#[test]
fn a_configuration_that_cannot_be_read_is_named() {
    let scratch = Scratch::new();
    let run = scratch
        .run(&["merge", "--config", "nowhere.toml"])
        .expect_status(2);
    assert_says(
        &run.stderr,
        &[
            "error: cannot read the configuration `nowhere.toml`",
            "caused by: ",
        ],
    );
    scratch.write("bytes.toml", b"name = \"\xff\"\n");
    let run = scratch
        .run(&["merge", "--config", "bytes.toml"])
        .expect_status(2);
    assert_says(
        &run.stderr,
        &["the configuration `bytes.toml` is not valid UTF-8"],
    );
}

#[test]
fn a_variable_that_is_wrong_is_named_and_a_misspelt_one_is_warned_about() {
    let scratch = Scratch::new();
    let merge = [
        "merge",
        "--captures",
        "c",
        "--labels",
        "l",
        "--out",
        "o",
        "--all",
    ];
    for (name, value, message) in [
        (
            "GROUNDLINE_PROBABILITY_THRESHOLD",
            "2",
            "GROUNDLINE_PROBABILITY_THRESHOLD: `2` is not a number from 0 to 1",
        ),
        (
            "GROUNDLINE_JOIN",
            "outer",
            "GROUNDLINE_JOIN: `outer` is not one of left, inner",
        ),
        (
            "GROUNDLINE_THREADS",
            "many",
            "GROUNDLINE_THREADS: `many` is not a whole number",
        ),
        (
            "GROUNDLINE_NO_REJECT_BYTES",
            "maybe",
            "GROUNDLINE_NO_REJECT_BYTES: `maybe` is neither `true` nor `false`",
        ),
        (
            "GROUNDLINE_COLUMNS",
            "key,hours",
            "GROUNDLINE_COLUMNS: `hours` is no column; did you mean `hour`?",
        ),
    ] {
        let run = scratch.run_with(&merge, &[(name, value)]).expect_status(2);
        assert_says(&run.stderr, &[&format!("error: {message}")]);
    }
    let run = scratch
        .run_with(&["config", "show"], &[("GROUNDLINE_LABLES", "x")])
        .expect_status(0);
    assert_says(
        &run.stderr,
        &["warning: the variable GROUNDLINE_LABLES sets nothing; did you mean GROUNDLINE_LABELS?"],
    );
}

#[test]
fn what_is_missing_or_contradicts_is_named_before_a_file_is_opened() {
    let scratch = Scratch::new();
    for (arguments, parts) in [
        (
            "--labels l --out o --all",
            &[
                "error: no predictions are given",
                "hint: say where they are with --captures DIR",
                "--transforms DIR",
            ][..],
        ),
        (
            "--captures c --out o --all",
            &[
                "error: no labels are given",
                "hint: say where the ground truth is with --labels DIR",
            ],
        ),
        (
            "--captures c --labels l --all",
            &["error: no output is given", "hint: ", "--out DIR"],
        ),
        (
            "--captures c --labels l --out o",
            &[
                "error: no window is given",
                "--from 2026-11-01T00 --to 2026-11-02T00, or --all",
            ],
        ),
        (
            "--captures c --labels l --out o --from 2026-11-01T00",
            &["error: --from is given without --to", "hint: "],
        ),
        (
            "--captures c --labels l --out o --all --from 2026-11-01T00 --to 2026-11-01T02",
            &["error: both --all and --from, --to are given"],
        ),
        (
            "--captures c --transforms t --labels l --out o --all",
            &[
                "error: both captures and transforms are given: --captures and --transforms",
                "hint: a model has one kind",
            ],
        ),
        (
            "--captures c --labels l --out o --all --problem-type Regression",
            &[
                "error: Regression needs --inference-attribute",
                "hint: an attribute is a CSV column index such as 0 or -1",
            ],
        ),
        (
            "--captures c --labels l --out o --all --problem-type MulticlassClassification --probability-attribute 0",
            &["error: MulticlassClassification needs --inference-attribute"],
        ),
        (
            "--captures c --labels l --out o --all --problem-type BinaryClassification",
            &["error: BinaryClassification needs --probability-attribute or --inference-attribute"],
        ),
        (
            "--captures c --labels l --out o --all --columns key,probabilty",
            &[
                "error: --columns: `probabilty` is no column; did you mean `probability`?",
                "There are: key, event_id",
            ],
        ),
        (
            "--captures c --labels l --out o --all --columns key,zzzzz",
            &["error: --columns: `zzzzz` is no column; there are: key, event_id"],
        ),
        (
            "--captures c --labels l --out o --all --columns key,key",
            &["error: --columns: the column `key` stands twice"],
        ),
        (
            "--captures c --labels l --out o --all --probability-attribute a[",
            &["error: --probability-attribute: "],
        ),
        (
            "--captures c --lables l",
            &["unexpected argument '--lables'", "'--labels'"],
        ),
    ] {
        let all: Vec<&str> = std::iter::once("merge")
            .chain(arguments.split(' '))
            .collect();
        let run = scratch.run(&all).expect_status(2);
        assert_says(&run.stderr, parts);
    }
    assert_eq!(files(&scratch.path("")).len(), 0);
}

#[test]
fn both_kinds_of_predictions_in_one_model_name_both_lines() {
    assert_says(
        &refusal(
            "[[model]]\nname = \"a\"\ncaptures = \"c\"\ntransforms = \"t\"\nlabels = \"l\"\n[output]\nuri = \"o\"\n[run]\nall = true\n",
        ),
        &[
            "both captures and transforms are given: `captures` at conf/g.toml:3 and `transforms` at conf/g.toml:4",
        ],
    );
}

#[test]
fn predictions_of_a_higher_layer_replace_those_of_the_file() {
    let config = "--config groundline.toml --model nightly";
    assert_eq!(selected(config), "nightly:t1");
    let captures = format!("{config} --captures cap/fraud");
    assert_eq!(selected(&captures), "nightly:fraud.v1");
}

/// Three models over two endpoints with two variants, and a transform.
fn models() -> Scratch {
    let scratch = Scratch::new();
    for (endpoint, variant) in [
        ("churn-a", "v1"),
        ("churn-a", "v2"),
        ("churn-b", "v1"),
        ("fraud", "v1"),
    ] {
        let id = format!("{endpoint}.{variant}");
        scratch.write(
            &format!("cap/{endpoint}/{variant}/2026/11/01/05/a.jsonl"),
            capture(&id, None, "2026-11-01T05:10:00Z", "0.9"),
        );
    }
    scratch
        .write(
            "tr/2026/11/01/05/a.csv.out",
            "0.9,t1,2026-11-01T05:00:00Z\n",
        )
        .write("gt/2026/11/01/05/l.jsonl", label("t1", "1"))
        .write(
            "groundline.toml",
            r#"
[[model]]
name = "churn"
captures = "cap"
endpoints = ["churn-*"]
labels = "gt"

[[model]]
name = "fraud"
captures = "cap"
endpoints = ["fraud"]
labels = "gt"

[[model]]
name = "nightly"
transforms = "tr"
labels = "gt"

[output]
uri = "out"

[run]
all = true
as_of = "2026-11-02T00"
"#,
        );
    scratch
}

/// `model:key` of the observations that a run with these flags writes.
fn selected(flags: &str) -> String {
    let scratch = models();
    let all: Vec<&str> = std::iter::once("merge")
        .chain(flags.split_whitespace())
        .collect();
    scratch.run(&all).expect_status(0);
    let rows = scratch.rows("out/merged");
    let told: Vec<String> = rows
        .iter()
        .map(|row| {
            let text = |name: &str| row.get(name).cloned().flatten().unwrap_or_default();
            format!("{}:{}", text("model"), text("key"))
        })
        .collect();
    told.join(" ")
}

#[test]
fn globs_select_models_endpoints_and_variants() {
    let churn = "churn:churn-a.v1 churn:churn-a.v2 churn:churn-b.v1";
    assert_eq!(selected(""), format!("{churn} fraud:fraud.v1 nightly:t1"));
    assert_eq!(selected("--model churn"), churn);
    assert_eq!(selected("--model *u*"), format!("{churn} fraud:fraud.v1"));
    assert_eq!(selected("--model ?raud"), "fraud:fraud.v1");
    assert_eq!(selected("--endpoint *-b"), "churn:churn-b.v1");
    assert_eq!(
        selected("--endpoint fraud --endpoint churn-b"),
        "churn:churn-b.v1 fraud:fraud.v1"
    );
    assert_eq!(selected("--endpoint _batch"), "nightly:t1");
    assert_eq!(
        selected("--model churn --endpoint churn-a --variant v2"),
        "churn:churn-a.v2"
    );
}

#[test]
fn an_endpoint_of_one_model_leaves_out_the_others() {
    let scratch = Scratch::new();
    let time = "2026-11-01T05:10:00Z";
    scratch
        .write("a/one/v/2026/11/01/05/a.jsonl", capture("e1", None, time, "0.9"))
        .write("b/two/v/2026/11/01/05/a.jsonl", capture("e2", None, time, "0.9"))
        .write("gt/2026/11/01/05/l.jsonl", label("e2", "1"))
        .write(
            "groundline.toml",
            "[[model]]\nname = \"a\"\ncaptures = \"a\"\nlabels = \"gt\"\n[[model]]\nname = \"b\"\ncaptures = \"b\"\nlabels = \"gt\"\n[output]\nuri = \"out\"\n[run]\nall = true\nas_of = \"2026-11-02T00\"\n",
        );
    scratch
        .run(&["merge", "--endpoint", "two"])
        .expect_status(0);
    assert_eq!(scratch.rows("out/merged").len(), 1);
}

#[test]
fn a_glob_that_selects_nothing_says_what_there_is() {
    let scratch = models();
    for (flags, parts) in [
        (
            &["--model", "chrun"][..],
            &[
                "error: no model matches --model `chrun`",
                "hint: the configuration has churn, fraud, nightly",
            ][..],
        ),
        (
            &["--model", "fraud", "--endpoint", "churn-*"],
            &["error: no model matches --model `fraud` and --endpoint `churn-*`"],
        ),
        (
            &["--model", "churn", "--endpoint", "churn-z"],
            &["no endpoint matches `churn-z`; there are: churn-a, churn-b, fraud"],
        ),
        (
            &["--model", "churn", "--variant", "v9"],
            &["no variant matches `v9`; there are: v1, v2"],
        ),
        (
            &["--endpoint", "[a]"],
            &["error: --endpoint: `[a]` holds `[`; a glob has `*` for any text and `?`"],
        ),
    ] {
        let run = scratch.run(&[&["merge"], flags].concat()).expect_status(2);
        assert_says(&run.stderr, parts);
    }
    assert!(!scratch.path("out").exists());
}

//! `groundline unmatched` over a corpus that plants every reason.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::harness::{Scratch, capture, label};

/// A corpus with every reason, merged.
fn merged() -> Scratch {
    let scratch = Scratch::new();
    for args in [
        "synth --out c --records 120 --hours 3 --mismatches 2 --seed 9",
        "merge --config c/groundline.toml --out out --all --max-rejects 9",
    ] {
        let args: Vec<&str> = args.split(' ').collect();
        scratch.run(&args).expect_status(0);
    }
    scratch
}

/// Lines of the corpus' truth.
fn truth(scratch: &Scratch) -> Vec<Value> {
    let text = std::fs::read_to_string(scratch.path("c/truth/unmatched.jsonl")).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn the_counts_of_every_reason_are_those_of_the_truth() {
    let scratch = merged();
    let mut wanted: BTreeMap<(String, String), u64> = BTreeMap::new();
    for label in truth(&scratch) {
        let text = |member: &str| label[member].as_str().unwrap().to_owned();
        *wanted.entry((text("model"), text("reason"))).or_default() += 1;
    }
    let run = scratch.run(&["unmatched", "--in", "out", "--output", "json"]);
    let run = run.expect_status(0);
    let rows: Vec<Value> = serde_json::from_str(&run.stdout).unwrap();
    let found: BTreeMap<(String, String), u64> = rows
        .iter()
        .map(|row| {
            let text = |member: &str| row[member].as_str().unwrap().to_owned();
            (
                (text("model"), text("reason")),
                row["labels"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(found, wanted);
    // Each reason has its fix, once.
    let reasons: BTreeSet<&String> = found.keys().map(|(_, reason)| reason).collect();
    assert_eq!(reasons.len(), 9, "{reasons:?}");
    for reason in reasons {
        assert_eq!(run.stderr.matches(&format!("hint: {reason}: ")).count(), 1);
    }
}

#[test]
fn the_labels_of_a_reason_are_listed() {
    let scratch = merged();
    let args = "unmatched --in out --reason spelled_differently --model synth --output ndjson";
    let run = scratch
        .run(&args.split(' ').collect::<Vec<_>>())
        .expect_status(0);
    let found: BTreeSet<String> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["nearest_key"].to_string())
        .collect();
    let wanted = truth(&scratch);
    let wanted = wanted
        .iter()
        .filter(|label| label["reason"] == "spelled_differently" && label["model"] == "synth");
    assert_eq!(
        found,
        wanted.map(|label| label["nearest"].to_string()).collect()
    );
}

/// One capture that got its label, and labels that miss by what cannot be seen.
fn misspelled() -> Scratch {
    let scratch = Scratch::new();
    let missed: String = ["a ", "\"a\"", "a\tb"]
        .iter()
        .map(|key| label("KEY", "1").replace("\"KEY\"", &Value::from(*key).to_string()))
        .collect();
    scratch
        .write(
            "cap/ep/v/2026/11/01/05/a.jsonl",
            capture("a", None, "2026-11-01T05:10:00Z", "0.9"),
        )
        .write("gt/2026/11/01/05/l.jsonl", missed + &label("a", "1"));
    scratch
}

const MERGE: &str =
    "merge --captures cap --labels gt --out out --all --as-of 2026-11-02T00 --model churn";

#[test]
fn ids_with_blanks_and_quotes_stand_in_quotes_and_data_stays_as_it_is() {
    let scratch = misspelled();
    let run = |args: &str| {
        let args: Vec<&str> = args.split(' ').collect();
        scratch.run(&args).expect_status(0)
    };
    for plan in ["fast", "spilled", "reference"] {
        let said = run(&format!("{MERGE} --plan {plan}")).stderr;
        for shown in [
            "2 labels unmatched: spelled_differently, for example \"a \" at 2026/11/01/05/l.jsonl:0; nearest a at ",
            "1 labels unmatched: unknown_id, for example \"a\\tb\" at ",
        ] {
            assert!(said.contains(shown), "{plan}: {shown}: {said}");
        }
    }
    let rows: Value = run("unmatched --in out --output json").json();
    assert_eq!(
        rows[0]["example"], "\"a \" at 2026/11/01/05/l.jsonl:0",
        "{rows}"
    );
    let listed = "unmatched --in out --reason spelled_differently";
    let table = run(listed).stdout;
    assert!(table.contains("| \"a \"    |"), "{table}");
    assert!(table.contains("| \"\\\"a\\\"\" |"), "{table}");
    let rows: Value = run(&format!("{listed} --output json")).json();
    assert_eq!(
        (&rows[0]["key"], &rows[1]["key"]),
        (&Value::from("a "), &Value::from("\"a\""))
    );
}

#[test]
fn a_folder_that_is_no_output_and_a_model_without_a_run_are_errors() {
    let scratch = misspelled();
    scratch
        .run(&MERGE.split(' ').collect::<Vec<_>>())
        .expect_status(0);
    for (args, said) in [
        (
            "--in cap",
            "error: `cap` is no output of a merge: there is no \
             ledger/model=…/window_from=…/window_to=…/part-0.parquet below it; it has: ep/\n\
             hint: --in is the folder that a merge wrote to with --out, above its merged/ and ledger/\n",
        ),
        (
            "--in out/merged",
            "error: `out/merged` is no output of a merge: there is no \
             ledger/model=…/window_from=…/window_to=…/part-0.parquet below it; it has: model=churn/\n",
        ),
        (
            "--in out --model chrun",
            "error: no run of the model `chrun` is in `out`; did you mean `churn`?\nhint: there are runs of: churn\n",
        ),
        ("--in nowhere", "error: no such folder: `nowhere`\n"),
    ] {
        let args: Vec<&str> = std::iter::once("unmatched")
            .chain(args.split(' '))
            .collect();
        let run = scratch.run(&args).expect_status(2);
        assert!(run.stderr.starts_with(said), "{args:?}: {}", run.stderr);
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn runs_that_left_no_unmatched_labels_say_so() {
    let scratch = misspelled();
    scratch.write("gt/2026/11/01/05/l.jsonl", label("a", "1"));
    scratch
        .run(&MERGE.split(' ').collect::<Vec<_>>())
        .expect_status(0);
    let run = scratch.run(&["unmatched", "--in", "out"]).expect_status(0);
    assert_eq!(
        run.stderr,
        "no unmatched labels in `out`: the runs of churn left none (those of --sql never do)\n"
    );
    let args = [
        "unmatched",
        "--in",
        "out",
        "--reason",
        "unknown_id",
        "--model",
        "churn",
    ];
    let said = "no unmatched labels of the reason unknown_id in `out`: the runs of churn left none (those of --sql never do)\n";
    assert_eq!(scratch.run(&args).expect_status(0).stderr, said);
}

#[test]
fn an_id_attribute_that_finds_nothing_is_doubted() {
    let scratch = Scratch::new();
    let output = r#"{"customer_id":7,"score":0.9}"#;
    let line = capture("e-1", None, "2026-11-01T05:10:00Z", output);
    let line = line.replace("\"CSV\"}},", "\"JSON\"}},");
    scratch
        .write("cap/ep/v/2026/11/01/05/a.jsonl", line)
        .write("gt/2026/11/01/05/l.jsonl", label("7", "1"));
    let merge = |attribute: &str| {
        let args = format!("{MERGE} --id-attribute {attribute}");
        scratch
            .run(&args.split(' ').collect::<Vec<_>>())
            .expect_status(0)
            .stderr
    };
    let said = merge("customr_id");
    let doubt = "no label names a prediction, whose ids are at id_attribute `customr_id`";
    assert!(said.contains(doubt), "{said}");
    let said = merge("customer_id");
    assert!(
        said.contains("100 % labelled") && !said.contains("id_attribute"),
        "{said}"
    );
}

#[test]
fn a_model_whose_name_is_encoded_in_paths_has_its_labels_too() {
    let scratch = misspelled();
    let merge =
        "merge --captures cap --labels gt --out out --all --as-of 2026-11-02T00 --model a&b";
    let words: Vec<&str> = merge.split(' ').collect();
    scratch.run(&words).expect_status(0);
    let args = [
        "unmatched",
        "--in",
        "out",
        "--model",
        "a&b",
        "--output",
        "csv",
    ];
    let told = scratch.run(&args).expect_status(0);
    assert!(told.stdout.lines().count() > 1, "{}", told.stdout);
    let page = scratch.run(&[
        "report",
        "--in",
        "out",
        "--problem-type",
        "BinaryClassification",
        "-o",
        "-",
    ]);
    let page = page.expect_status(0).stdout;
    assert!(page.contains("spelled differently"), "no unmatched labels");
}

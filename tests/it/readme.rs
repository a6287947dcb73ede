//! README's first command and its transcript do what README says.

use std::fs;
use std::path::Path;

use crate::harness::{Run, Scratch, files};

/// How README runs the program from a clone.
const CARGO: &str = "cargo run --release -- ";

/// The arguments of the first command in README.
fn first_command() -> Vec<String> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(readme).unwrap();
    let command = text
        .lines()
        .find_map(|line| line.trim_start().strip_prefix(CARGO))
        .expect("README has a command that begins with `cargo run --release -- `");
    command.split_whitespace().map(str::to_owned).collect()
}

/// A scratch folder with a copy of `datasets`, and how the first command ended there.
fn run_in_a_copy() -> (Scratch, Run) {
    let scratch = Scratch::new();
    let clone = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in files(&clone.join("datasets")) {
        let below = file.strip_prefix(clone).unwrap();
        // What an earlier run left in the clone is not part of it.
        if !below.starts_with("datasets/churn/out") && !below.starts_with("datasets/quality/out") {
            scratch.write(below.to_str().unwrap(), fs::read(&file).unwrap());
        }
    }
    let args = first_command();
    let run = scratch
        .run(&args.iter().map(String::as_str).collect::<Vec<_>>())
        .expect_status(0);
    (scratch, run)
}

#[test]
fn the_first_command_is_the_one_that_the_issue_names() {
    assert_eq!(
        first_command(),
        ["merge", "--config", "datasets/churn/groundline.toml"]
    );
}

#[test]
fn the_first_command_prints_the_ledger_and_where_the_parquet_is() {
    let (_scratch, run) = run_in_a_copy();
    // Read, rejected, filtered, no output, labelled, unlabelled; observations; closes.
    let predictions = [
        "churn 60 0 0 0 42 18 60 yes",
        "churn-json 45 0 0 0 36 9 45 yes",
        "churn-nightly 24 0 0 0 19 5 24 yes",
        "churn-weekly 18 0 0 0 15 3 18 yes",
        "churn-single 12 0 0 0 12 0 12 yes",
        "value 20 0 0 0 18 2 20 yes",
    ];
    // Read, rejected, matched, duplicate, superseded, unmatched before, inside and after; closes.
    let labels = [
        "churn 59 0 42 14 1 0 0 2 yes",
        "churn-json 21 0 21 0 0 0 0 0 yes",
        "churn-nightly 19 0 19 0 0 0 0 0 yes",
        "churn-weekly 15 0 15 0 0 0 0 0 yes",
        "churn-single 1 0 1 0 0 0 0 0 yes",
        "value 18 0 18 0 0 0 0 0 yes",
    ];
    let printed: Vec<String> = run
        .stdout
        .lines()
        .map(|line| cells(line).join(" "))
        .collect();
    for row in predictions.iter().chain(&labels) {
        assert!(
            printed.iter().any(|line| line == row),
            "no row `{row}` in\n{}",
            run.stdout
        );
    }
    assert!(
        run.stdout.contains("datasets/churn/out/merged"),
        "{}",
        run.stdout
    );
}

/// The cells of a line of a table.
fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split('|').map(str::trim).collect()
}

#[test]
fn the_first_command_writes_hour_files_of_every_kind_of_input() {
    let (scratch, _run) = run_in_a_copy();
    let found: Vec<String> = files(&scratch.path("datasets/churn/out/merged"))
        .iter()
        .map(|file| {
            let below = file
                .strip_prefix(scratch.path("datasets/churn/out/merged"))
                .unwrap();
            below.to_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(
        found,
        [
            "model=churn/endpoint=churn-prod/variant=AllTraffic/date=2025-03-02/hh=08/part-0.parquet",
            "model=churn/endpoint=churn-prod/variant=AllTraffic/date=2025-03-02/hh=09/part-0.parquet",
            "model=churn-json/endpoint=churn-base64/variant=AllTraffic/date=2025-03-02/hh=09/part-0.parquet",
            "model=churn-json/endpoint=churn-json/variant=AllTraffic/date=2025-03-02/hh=08/part-0.parquet",
            "model=churn-json/endpoint=churn-lines/variant=AllTraffic/date=2025-03-02/hh=08/part-0.parquet",
            "model=churn-nightly/endpoint=_batch/variant=_batch/date=2025-03-02/hh=23/part-0.parquet",
            "model=churn-single/endpoint=_batch/variant=_batch/date=2025-03-03/hh=06/part-0.parquet",
            "model=churn-weekly/endpoint=_batch/variant=_batch/date=2025-03-03/hh=04/part-0.parquet",
            "model=value/endpoint=value-prod/variant=blue/date=2025-03-02/hh=10/part-0.parquet",
        ]
    );
    for row in scratch.rows("datasets/churn/out/merged") {
        let value = |column: &str| row[column].as_deref();
        let regression = value("model") == Some("value");
        assert!(value("prediction_value").is_some(), "{row:?}");
        assert_eq!(value("probability").is_none(), regression, "{row:?}");
        if let (false, Some(label)) = (regression, value("label")) {
            assert!(["0", "1"].contains(&label), "{row:?}");
        }
    }
}

/// The commands of a README's `console` block, each with the lines that it prints.
fn transcript() -> Vec<(Vec<String>, Vec<String>)> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(readme).unwrap();
    let (_, block) = text
        .split_once("```console\n")
        .expect("README has a transcript");
    let (block, _) = block.split_once("```").unwrap();
    let mut commands: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for line in block.lines() {
        match line.strip_prefix("$ groundline ") {
            Some(command) => commands.push((words(command), Vec::new())),
            None => commands.last_mut().unwrap().1.push(line.to_owned()),
        }
    }
    commands
}

/// The words of a command; one pair of double quotes makes one word.
fn words(command: &str) -> Vec<String> {
    let parts = command.split('"').enumerate();
    parts
        .flat_map(|(index, part)| match index % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        })
        .collect()
}

#[test]
fn the_transcript_is_what_the_commands_print() {
    let scratch = Scratch::new();
    let commands = transcript();
    let first: Vec<&str> = commands
        .iter()
        .map(|(words, _)| words[0].as_str())
        .collect();
    assert_eq!(first[1..3], ["init", "merge"]);
    for (words, expected) in commands {
        let run = scratch
            .run(&words.iter().map(String::as_str).collect::<Vec<_>>())
            .expect_status(0);
        // The result, then what was said about it.
        let printed = format!("{}\n{}", run.stdout, run.stderr);
        let mut lines = printed.lines().map(str::trim_end);
        for line in expected.iter().filter(|line| *line != "…") {
            assert!(
                lines.any(|printed| printed == line),
                "no `{line}` in its place in what {words:?} printed:\n{printed}"
            );
        }
    }
}

/// README shows what `monitor` says of the sample that drifts.
#[test]
fn the_monitored_day_is_printed_as_readme_has_it() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(readme).unwrap();
    let (_, block) = text.split_once("$ groundline monitor ").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let (command, expected) = block.split_once('\n').unwrap();
    let (scratch, _) = run_in_a_copy();
    let mut args = vec!["monitor".to_owned()];
    args.extend(words(command));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    assert_eq!(scratch.run(&args).expect_status(3).stdout, expected);
}

#[test]
fn the_options_in_a_made_up_corpus_make_it_again() {
    let scratch = Scratch::new();
    let first = ["--records", "30", "--hours", "2", "--payload-columns", "3"];
    scratch
        .run(&[&["synth", "--out", "one"], &first[..]].concat())
        .expect_status(0);
    let readme = fs::read_to_string(scratch.path("one/README.md")).unwrap();
    let options: Vec<&str> = readme
        .lines()
        .filter(|line| line.starts_with("--"))
        .flat_map(str::split_whitespace)
        .collect();
    scratch
        .run(&[&["synth", "--out", "two"], &options[..]].concat())
        .expect_status(0);
    for folder in ["captures", "labels", "truth"] {
        assert_eq!(
            scratch.hashes(&format!("one/{folder}")),
            scratch.hashes(&format!("two/{folder}")),
            "{options:?}"
        );
    }
}

/// The commands of a `sh` block that stands below a heading.
fn commands_below(heading: &str) -> Vec<Vec<String>> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(readme).unwrap();
    let (_, below) = text.split_once(heading).unwrap();
    let (_, block) = below.split_once("```sh\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let lines = block
        .lines()
        .map(|line| line.strip_prefix("groundline ").unwrap());
    lines
        .map(|line| line.split_whitespace().map(str::to_owned).collect())
        .collect()
}

#[test]
fn four_commands_lead_from_two_prefixes_to_a_report() {
    let scratch = Scratch::new();
    let clone = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["captures", "labels"] {
        let folder = format!("datasets/quality/{folder}");
        for file in files(&clone.join(&folder)) {
            let below = file.strip_prefix(clone).unwrap();
            scratch.write(below.to_str().unwrap(), fs::read(&file).unwrap());
        }
    }
    let commands = commands_below("## Four commands to a report\n");
    assert_eq!(commands.len(), 4);
    for command in commands {
        let args: Vec<&str> = command.iter().map(String::as_str).collect();
        scratch.run(&args).expect_status(0);
    }
    let page = fs::read_to_string(scratch.path("report.html")).unwrap();
    assert!(page.contains("8 of 11 constraints are violated"));
    assert!(!page.contains("<script"));
}

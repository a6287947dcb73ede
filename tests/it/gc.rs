//! `groundline gc`: what killed runs left is listed, and removed only when that is asked; what readers read stays.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::harness::{Scratch, capture, label};

/// One hour that is done in `out`.
fn one_hour() -> Scratch {
    let scratch = Scratch::new();
    let line = capture("e1", None, "2025-11-01T05:10:00Z", "0.9");
    scratch
        .write("cap/ep/v/2025/11/01/05/a.jsonl", line)
        .write("gt/2025/11/01/05/l.jsonl", label("e1", "1"));
    backfill(&scratch);
    scratch
}

fn backfill(scratch: &Scratch) {
    let args = "backfill --captures cap --labels gt --out out --quiet --from 2025-11-01T05 \
                --to 2025-11-01T06 --probability-attribute 0 --as-of 2025-12-01T00";
    let args: Vec<&str> = args.split_whitespace().collect();
    scratch.run(&args).expect_status(0);
}

/// Kind and key of what is listed.
#[track_caller]
fn listed(scratch: &Scratch, more: &[&str]) -> Vec<String> {
    let args = ["gc", "--out", "out", "--output", "json"];
    let run = scratch.run(&[&args, more].concat()).expect_status(0);
    let found: Vec<Value> = serde_json::from_str(&run.stdout).unwrap();
    let text = |found: &Value, name: &str| found[name].as_str().unwrap().to_owned();
    let found = found
        .iter()
        .map(|f| text(f, "kind") + " " + &text(f, "key"));
    found.collect()
}

fn age(scratch: &Scratch, below: &str, hours: u64) {
    let file = File::options()
        .write(true)
        .open(scratch.path(below))
        .unwrap();
    let time = SystemTime::now() - Duration::from_secs(hours * 3600);
    file.set_modified(time).unwrap();
}

const RECEIPT: &str =
    "_groundline/receipts/model=default/endpoint=ep/variant=v/date=2025-11-01/hh=05.json";
const NOW: [&str; 2] = ["--older-than", "PT0H"];
const REMOVE: [&str; 3] = ["--older-than", "PT0H", "--yes"];

#[test]
fn an_unfinished_file_is_listed_and_goes_only_with_yes() {
    let scratch = one_hour();
    let clean = scratch.hashes("out");
    assert!(listed(&scratch, &NOW).is_empty());
    scratch.write("out/_groundline/tmp/4711-0", "half of an hour");
    let with = scratch.hashes("out");
    assert_eq!(
        listed(&scratch, &NOW),
        ["unfinished file _groundline/tmp/4711-0"]
    );
    assert_eq!(scratch.hashes("out"), with);
    assert_eq!(listed(&scratch, &REMOVE).len(), 1);
    assert_eq!(scratch.hashes("out"), clean);
    assert!(listed(&scratch, &REMOVE).is_empty());
}

#[test]
fn what_is_young_may_be_a_run_that_goes_on() {
    let scratch = one_hour();
    scratch
        .write("out/_groundline/tmp/4711-0", "young")
        .write("out/_groundline/tmp/4711-1", "old");
    age(&scratch, "out/_groundline/tmp/4711-1", 25);
    let old = ["unfinished file _groundline/tmp/4711-1"];
    assert_eq!(listed(&scratch, &[]), old);
    assert!(listed(&scratch, &["--older-than", "PT26H"]).is_empty());
    assert_eq!(listed(&scratch, &["--yes"]), old);
    assert!(scratch.path("out/_groundline/tmp/4711-0").exists());
    assert!(!scratch.path("out/_groundline/tmp/4711-1").exists());
}

#[test]
fn a_receipt_without_hour_file_goes_and_an_hour_file_without_receipt_stays() {
    let scratch = one_hour();
    let hour_file =
        "out/merged/model=default/endpoint=ep/variant=v/date=2025-11-01/hh=05/part-0.parquet";
    let receipt = fs::read(scratch.path(&format!("out/{RECEIPT}"))).unwrap();
    fs::remove_file(scratch.path(&format!("out/{RECEIPT}"))).unwrap();
    let before = scratch.hashes("out/merged");
    listed(&scratch, &REMOVE);
    assert_eq!(scratch.hashes("out/merged"), before);

    scratch.write(&format!("out/{RECEIPT}"), receipt);
    fs::remove_file(scratch.path(hour_file)).unwrap();
    let gone = format!("receipt without hour file {RECEIPT}");
    assert!(listed(&scratch, &NOW).contains(&gone));
    listed(&scratch, &REMOVE);
    assert!(!scratch.path(&format!("out/{RECEIPT}")).exists());
    backfill(&scratch);
    assert_eq!(scratch.hashes("out/merged"), before);
}

#[test]
fn label_listings_go_when_no_receipt_names_them() {
    let scratch = one_hour();
    let of = |scratch: &Scratch| -> Vec<String> {
        scratch
            .hashes("out/_groundline/snapshots")
            .into_keys()
            .collect()
    };
    let first = of(&scratch);
    scratch.write("gt/2025/11/01/07/m.jsonl", label("e2", "1"));
    backfill(&scratch);
    let both = of(&scratch);
    assert_eq!((first.len(), both.len()), (1, 2));
    let expected = format!(
        "label listing of no receipt _groundline/snapshots/{}",
        first[0]
    );
    assert_eq!(listed(&scratch, &NOW), [expected]);
    listed(&scratch, &REMOVE);
    let left: Vec<String> = both.into_iter().filter(|name| *name != first[0]).collect();
    assert_eq!(of(&scratch), left);
    let status = "status --captures cap --labels gt --out out --output json --from 2025-11-01T05 \
                  --to 2025-11-01T06 --probability-attribute 0 --as-of 2025-12-01T00";
    let status: Vec<&str> = status.split_whitespace().collect();
    let status = scratch.run(&status).expect_status(0).json();
    assert_eq!(status["models"][0]["hours"][0]["state"], "done");
}

#[test]
fn files_that_are_nobodys_leftovers_stay() {
    let scratch = one_hour();
    scratch
        .write("out/notes.txt", "mine")
        .write("out/merged/notes.txt", "mine")
        .write("out/_groundline/notes.txt", "mine");
    let before = scratch.hashes("out");
    assert!(listed(&scratch, &REMOVE).is_empty());
    assert_eq!(scratch.hashes("out"), before);
}

#[test]
fn a_link_in_the_output_leads_gc_nowhere_else() {
    let scratch = one_hour();
    scratch.write("elsewhere/4711-0", "mine");
    fs::create_dir_all(scratch.path("out/_groundline")).unwrap();
    std::os::unix::fs::symlink(
        scratch.path("elsewhere"),
        scratch.path("out/_groundline/tmp"),
    )
    .unwrap();
    let args = ["gc", "--out", "out", "--older-than", "PT0H", "--yes"];
    scratch.run(&args);
    assert!(scratch.path("elsewhere/4711-0").exists());
}

#[test]
fn gc_without_an_output_or_with_a_wrong_age_is_refused() {
    let scratch = one_hour();
    scratch.run(&["gc"]).expect_status(2);
    for age in ["soon", "-PT1H"] {
        let age = format!("--older-than={age}");
        let refused = scratch.run(&["gc", "--out", "out", &age]).expect_status(2);
        assert!(
            refused.stderr.contains("--older-than"),
            "{}",
            refused.stderr
        );
    }
    let absent = scratch.run(&["gc", "--out", "absent"]);
    assert_ne!(absent.status, 0);
    assert!(absent.stderr.contains("absent"), "{}", absent.stderr);
}

#[test]
fn the_plan_of_a_killed_job_is_listed_and_goes() {
    let scratch = one_hour();
    let clean = scratch.hashes("out");
    let key = "_groundline/jobs/0123-4567.json.zst";
    scratch.write(
        &format!("out/{key}"),
        "what tasks of a cluster were to read",
    );
    assert_eq!(
        listed(&scratch, &NOW),
        [format!("plan of a cluster's job {key}")]
    );
    listed(&scratch, &REMOVE);
    assert_eq!(scratch.hashes("out"), clean);
}

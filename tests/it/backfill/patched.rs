//! How late labels get into hour files: from the files themselves where that gives the same bytes, else by a rebuild.

use std::fs;

use crate::harness::{files, label};

use super::{
    HOURS, backfill, captures_of, done, hour_file, run, spoil, states, three_hours, two_captures,
};

#[test]
fn a_late_label_is_written_into_its_hour_without_reading_a_capture() {
    let scratch = three_hours();
    backfill(&scratch, &[]);
    scratch.write("gt/2025/11/03/09/late.jsonl", label("e06-2", "0"));
    let plan = backfill(&scratch, &["--dry-run"]);
    assert_eq!(plan["models"][0]["looked"]["files"], 1);
    assert_eq!(plan["models"][0]["looked"]["hours"], 3);
    assert_eq!(plan["models"][0]["looked"]["touched"], 1);
    backfill(&scratch, &["--out", "fresh"]);
    for hour in HOURS {
        spoil(&scratch.path(&captures_of(hour)));
    }
    let report = backfill(&scratch, &[]);
    assert_eq!(done(&report), ["05 pointed", "06 patched", "07 pointed"]);
    for below in ["merged", "ledger", "_groundline/receipts"] {
        let hashes = |out: &str| scratch.hashes(&format!("{out}/{below}"));
        assert_eq!(hashes("out"), hashes("fresh"), "{below}");
    }
    let again = backfill(&scratch, &[]);
    assert!(done(&again).is_empty());
    // They are spoilt: what reads them fails.
    run(&scratch, "backfill", &["--out", "read"]).expect_status(4);
}

#[test]
fn a_label_that_is_not_chosen_changes_no_hour_file() {
    for (policy, hour, ended) in [
        ("first", "2025/11/01/09", "06 pointed"),
        ("first", "2025/11/01/04", "06 patched"),
        ("latest", "2025/11/01/04", "06 pointed"),
        ("latest", "2025/11/01/09", "06 patched"),
    ] {
        let policy = ["--duplicate-labels", policy];
        let scratch = three_hours();
        backfill(&scratch, &policy);
        let before = scratch.hashes("out/merged");
        scratch.write(&format!("gt/{hour}/again.jsonl"), label("e06-1", "0"));
        let report = backfill(&scratch, &policy);
        let expected = ["05 pointed", ended, "07 pointed"];
        assert_eq!(done(&report), expected, "{policy:?} {hour}");
        let same = scratch.hashes("out/merged") == before;
        assert_eq!(same, ended == "06 pointed", "{policy:?} {hour}");
    }
}

#[test]
fn a_label_file_that_goes_rebuilds_the_hours_that_name_it() {
    let scratch = three_hours();
    // It is superseded at once, so no hour names it.
    scratch.write("gt/2025/11/01/04/early.jsonl", label("e06-1", "0"));
    backfill(&scratch, &[]);
    let before = scratch.hashes("out/merged");
    fs::remove_file(scratch.path("gt/2025/11/01/04/early.jsonl")).unwrap();
    let pointed = ["05 pointed", "06 pointed", "07 pointed"];
    assert_eq!(done(&backfill(&scratch, &[])), pointed);
    assert_eq!(scratch.hashes("out/merged"), before);

    fs::remove_file(scratch.path("gt/2025/11/01/06/l.jsonl")).unwrap();
    let report = backfill(&scratch, &[]);
    assert_eq!(done(&report), ["05 pointed", "06 built", "07 pointed"]);
    let rows = scratch.rows("out/merged");
    let labels = rows.iter().filter(|row| row["label"].is_some());
    assert_eq!(labels.count(), 2);
}

#[test]
fn only_hours_whose_label_window_has_the_file_are_asked() {
    let scratch = three_hours();
    let flags = ["--label-horizon", "PT2H", "--label-lead", "PT1H"];
    backfill(&scratch, &flags);
    // In the window of 06:00 and 07:00, and not of 05:00.
    scratch.write("gt/2025/11/01/07/late.jsonl", label("e05-2", "0"));
    let before: Vec<String> = states(&scratch, &flags)
        .into_iter()
        .map(|(state, why)| format!("{state} {why}"))
        .collect();
    let why = "labels: 1 added (2025/11/01/07/late.jsonl)";
    let stale = |hour: &str| format!("{hour} label-stale {why}");
    assert_eq!(before, ["05 done ".to_owned(), stale("06"), stale("07")]);
    let report = backfill(&scratch, &flags);
    assert_eq!(done(&report), ["06 pointed", "07 pointed"]);
}

#[test]
fn a_plan_says_why_late_labels_rebuild_hours() {
    for (flags, why) in [
        (&["--join", "inner"][..], "--join inner"),
        (&["--duplicate-labels", "all"], "--duplicate-labels all"),
        (&["--duplicate-labels", "error"], "--duplicate-labels error"),
        (&["--match", "either"], "--match either"),
        (&["--columns", "key,label"], "--columns leaves file out"),
        (&["--format", "jsonl"], "merged JSON Lines"),
        (&["--id-attribute", "0"], "--id-attribute"),
    ] {
        let scratch = three_hours();
        backfill(&scratch, flags);
        scratch.write("gt/2025/11/03/09/late.jsonl", label("e06-2", "0"));
        let plan = backfill(&scratch, &[flags, &["--dry-run"]].concat());
        let said = plan["models"][0]["not_patched"].as_str().unwrap();
        assert!(said.contains(why), "{flags:?}: {said}");
        let report = backfill(&scratch, flags);
        assert_eq!(
            done(&report),
            ["05 built", "06 built", "07 built"],
            "{flags:?}"
        );
    }
}

#[test]
fn hours_that_lost_records_to_a_condition_are_rebuilt_and_the_others_patched() {
    let scratch = three_hours();
    let flags = ["--where", "event_id <> 'e06-2'"];
    backfill(&scratch, &flags);
    let late: String = ["e05-2", "e06-1", "e07-2"]
        .iter()
        .map(|key| label(key, "0"))
        .collect();
    scratch.write("gt/2025/11/03/09/late.jsonl", late);
    let report = backfill(&scratch, &flags);
    assert_eq!(done(&report), ["05 patched", "06 built", "07 patched"]);
    backfill(&scratch, &[&flags[..], &["--out", "fresh"]].concat());
    assert_eq!(scratch.hashes("out/merged"), scratch.hashes("fresh/merged"));
}

#[test]
fn an_hour_file_that_was_exchanged_is_not_patched() {
    let scratch = three_hours();
    backfill(&scratch, &[]);
    scratch.write("gt/2025/11/03/09/late.jsonl", label("e06-2", "0"));
    backfill(&scratch, &["--out", "fresh"]);
    // By a whole one of other predictions. Size and time are as they were, so only reading it tells.
    let other = three_hours();
    let captures = two_captures("06").replace("0.9", "0.8");
    other.write(&captures_of("06"), captures);
    backfill(&other, &[]);
    let (theirs, ours) = (
        hour_file("out", "06"),
        scratch.path(&hour_file("out", "06")),
    );
    let theirs = fs::read(other.path(&theirs)).unwrap();
    let before = fs::metadata(&ours).unwrap();
    assert_eq!(theirs.len() as u64, before.len());
    fs::write(&ours, theirs).unwrap();
    let file = fs::File::options().write(true).open(&ours).unwrap();
    file.set_modified(before.modified().unwrap()).unwrap();
    let report = backfill(&scratch, &[]);
    assert_eq!(done(&report), ["05 pointed", "06 built", "07 pointed"]);
    assert_eq!(scratch.hashes("out/merged"), scratch.hashes("fresh/merged"));
}

#[test]
fn rejects_of_label_files_come_and_go_with_them() {
    let scratch = three_hours();
    let flags = ["--max-rejects", "10"];
    backfill(&scratch, &flags);
    let late = label("e06-2", "0") + "no label\n";
    scratch.write("gt/2025/11/03/09/late.jsonl", late);
    // Without leave to reject it, every hour that may see it fails.
    let refused = run(&scratch, "backfill", &[]).expect_status(4);
    assert!(
        refused.stdout.contains("--max-rejects"),
        "{}",
        refused.stdout
    );
    assert_eq!(scratch.rows("out/rejects").len(), 1);
    let report = backfill(&scratch, &flags);
    assert_eq!(done(&report), ["05 pointed", "06 patched", "07 pointed"]);
    let rejects = scratch.rows("out/rejects");
    assert_eq!(rejects.len(), 1);
    assert_eq!(
        rejects[0]["file"].as_deref(),
        Some("2025/11/03/09/late.jsonl")
    );
    fs::remove_file(scratch.path("gt/2025/11/03/09/late.jsonl")).unwrap();
    backfill(&scratch, &flags);
    assert!(files(&scratch.path("out/rejects")).is_empty());
}

#[test]
fn late_rows_of_a_label_table_are_patched_in_and_its_rejects_go_with_them() {
    let scratch = three_hours();
    let row = |key: &str, at: &str| format!("{key},1,2025-11-{at}:00:00Z\n");
    let table = |rows: &[String]| "id,label,at\n".to_owned() + &rows.concat();
    scratch.write(
        "tab/a.csv",
        table(&[row("e05-1", "01T05"), row("e07-1", "01T07")]),
    );
    let labels = "--label-files tab/*.csv --label-id id --label-value label --label-time at";
    let rest = "--max-rejects 10 --output json --quiet";
    let run = |command: &str, out: &str| {
        let mut args = vec![command, "--out", out, "--captures", "cap"];
        args.extend(&super::FLAGS[4..]);
        args.extend(labels.split(' ').chain(rest.split(' ')));
        scratch.run(&args).expect_status(0)
    };
    run("backfill", "out");
    // One of nobody, which is no label.
    scratch.write(
        "tab/b.csv",
        table(&[row("e06-2", "03T09"), row("", "01T06")]),
    );
    let report = run("backfill", "out").json();
    assert_eq!(done(&report), ["05 pointed", "06 patched", "07 pointed"]);
    assert_eq!(scratch.rows("out/rejects").len(), 1);
    run("merge", "merged-b");
    fs::remove_file(scratch.path("tab/b.csv")).unwrap();
    let same = |fresh: &str| {
        for below in ["merged", "rejects", "_groundline/receipts"] {
            let hashes = |out: &str| scratch.hashes(&format!("{out}/{below}"));
            assert_eq!(hashes("out"), hashes(fresh), "{below}");
        }
    };
    same("merged-b");
    let report = run("backfill", "out").json();
    assert_eq!(done(&report), ["05 pointed", "06 built", "07 pointed"]);
    run("merge", "merged-a");
    same("merged-a");
}

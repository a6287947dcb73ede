//! `groundline labels export`: a table of labels becomes ground truth, and a repeat writes what has changed.

use std::fs;

use crate::harness::{Row, Run, Scratch, capture};

const CONFIG: &str = "[[model]]\nname = \"churn now\"\ncaptures = \"captures\"\nprobability_attribute = \"0\"\n\
    [model.labels]\nfiles = \"warehouse/*.csv\"\nid = \"id\"\nlabel = \"label\"\ncollected_at = \"at\"\n";

const LABELS: &str = "id,label,at\n\
    e-0,1,2026-11-01T05:00:00Z\n\
    e-1,\"1,0\",2026-11-01T05:59:59Z\n\
    e-0,0,2026-11-01T05:00:00Z\n\
    e-2,,2026-11-01T07:00:00Z\n\
    \"e \"\"3\",\"[1, 0]\",2026-11-01T07:00:00Z\n";

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("groundline.toml", CONFIG);
    scratch.write("warehouse/a.csv", LABELS);
    for id in ["e-0", "e-1", "e-2"] {
        let output = if id == "e-1" { "0.5\n0.6" } else { "0.5" };
        let file = format!("captures/endpoint/AllTraffic/2026/11/01/04/{id}.jsonl");
        scratch.write(&file, capture(id, None, "2026-11-01T04:10:00Z", output));
    }
    scratch
}

fn export(scratch: &Scratch, flags: &[&str]) -> Run {
    let args = ["labels", "export", "--to", "gt", "--output", "json"];
    scratch
        .run(&[args.as_slice(), flags].concat())
        .expect_status(0)
}

fn counts(run: &Run) -> [u64; 4] {
    let report = run.json();
    ["labels", "written", "unchanged", "removed"].map(|name| report[name].as_u64().unwrap())
}

const FIVE: &str = "gt/2026/11/01/05/groundline-churn%20now.jsonl";
const SEVEN: &str = "gt/2026/11/01/07/groundline-churn%20now.jsonl";

#[test]
fn labels_become_ground_truth_in_sagemakers_layout() {
    let scratch = scratch();
    let run = export(&scratch, &[]);
    assert_eq!(counts(&run), [5, 2, 0, 0]);
    assert!(
        run.stderr
            .contains("churn now: 5 labels in 2 hours below gt: 2 written"),
        "{}",
        run.stderr
    );
    assert_eq!(
        fs::read_to_string(scratch.path(FIVE)).unwrap(),
        "{\"groundTruthData\":{\"data\":\"1\",\"encoding\":\"CSV\"},\"eventMetadata\":{\"eventId\":\"e-0\"},\"eventVersion\":\"0\"}\n\
         {\"groundTruthData\":{\"data\":\"1,0\",\"encoding\":\"CSV\"},\"eventMetadata\":{\"eventId\":\"e-1\"},\"eventVersion\":\"0\"}\n\
         {\"groundTruthData\":{\"data\":\"0\",\"encoding\":\"CSV\"},\"eventMetadata\":{\"eventId\":\"e-0\"},\"eventVersion\":\"0\"}\n"
    );
    assert_eq!(
        fs::read_to_string(scratch.path(SEVEN)).unwrap(),
        "{\"groundTruthData\":{\"data\":null,\"encoding\":\"CSV\"},\"eventMetadata\":{\"eventId\":\"e-2\"},\"eventVersion\":\"0\"}\n\
         {\"groundTruthData\":{\"data\":\"[1, 0]\",\"encoding\":\"JSON\"},\"eventMetadata\":{\"eventId\":\"e \\\"3\"},\"eventVersion\":\"0\"}\n"
    );
}

#[test]
fn a_repeat_writes_what_has_changed_and_nothing_else() {
    let scratch = scratch();
    export(&scratch, &[]);
    let mtime = |file: &str| {
        fs::metadata(scratch.path(file))
            .unwrap()
            .modified()
            .unwrap()
    };
    let (five, seven) = (mtime(FIVE), mtime(SEVEN));
    let again = export(&scratch, &[]);
    assert_eq!(counts(&again), [5, 0, 2, 0]);
    assert!(again.stderr.contains("nothing to do"), "{}", again.stderr);
    assert_eq!((five, seven), (mtime(FIVE), mtime(SEVEN)));

    scratch.write("warehouse/a.csv", LABELS.replacen("e-0,1", "e-0,2", 1));
    let changed = export(&scratch, &[]);
    assert_eq!(counts(&changed), [5, 1, 1, 0]);
    assert_eq!(
        changed.json()["written_files"][0],
        FIVE.strip_prefix("gt/").unwrap()
    );
    assert_eq!(seven, mtime(SEVEN));

    // An hour without labels loses the file that an export gave it, and no other.
    scratch.write("gt/2026/11/01/07/by-hand.jsonl", "{}\n");
    scratch.write(
        "warehouse/a.csv",
        "id,label,at\ne-0,1,2026-11-01T05:00:00Z\n",
    );
    let fewer = export(
        &scratch,
        &["--from", "2026-11-01T05", "--until", "2026-11-01T06"],
    );
    assert_eq!(
        counts(&fewer),
        [1, 1, 0, 0],
        "other hours are not looked at"
    );
    assert_eq!(counts(&export(&scratch, &[])), [1, 0, 1, 1]);
    assert!(!scratch.path(SEVEN).exists());
    assert!(scratch.path("gt/2026/11/01/07/by-hand.jsonl").exists());
}

#[test]
fn a_merge_over_the_export_is_a_merge_over_the_table() {
    let scratch = scratch();
    export(&scratch, &[]);
    let merged = |flags: &[&str]| -> Vec<Row> {
        let out = scratch.path("out");
        if out.exists() {
            fs::remove_dir_all(&out).unwrap();
        }
        let args = [
            "merge",
            "--out",
            "out",
            "--all",
            "--as-of",
            "2026-12-01",
            "--quiet",
        ];
        scratch
            .run(&[args.as_slice(), flags].concat())
            .expect_status(0);
        let mut rows = scratch.rows("out/merged");
        for row in &mut rows {
            row.remove("label_file");
            row.remove("label_position");
        }
        rows
    };
    let table = merged(&[]);
    assert_eq!(table.iter().filter(|row| row["label"].is_some()).count(), 3);
    assert_eq!(merged(&["--labels", "gt"]), table);
    // Ground truth can be exported as well, and stays the same.
    let run = scratch.run(&[
        "labels", "export", "--labels", "gt", "--to", "gt2", "--quiet",
    ]);
    run.expect_status(0);
    assert_eq!(scratch.hashes("gt"), scratch.hashes("gt2"));
}

#[test]
fn nothing_is_written_among_the_inputs_or_over_rejects() {
    let scratch = scratch();
    for to in ["warehouse", "captures/endpoint"] {
        let refused = scratch
            .run(&["labels", "export", "--to", to])
            .expect_status(2);
        assert!(
            refused.stderr.contains("lies inside the input"),
            "{}",
            refused.stderr
        );
        assert!(refused.stderr.contains("--to"), "{}", refused.stderr);
    }
    scratch.write("warehouse/b.csv", "id,label,at\ne-9,1,yesterday\n");
    let refused = scratch
        .run(&["labels", "export", "--to", "gt"])
        .expect_status(1);
    assert!(
        refused
            .stderr
            .contains("1 of 6 label records were rejected"),
        "{}",
        refused.stderr
    );
    assert!(!scratch.path("gt").exists());
    assert_eq!(
        counts(&export(&scratch, &["--max-rejects", "1"])),
        [5, 2, 0, 0]
    );
}

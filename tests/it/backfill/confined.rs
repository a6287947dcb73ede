//! Links, odd names and forged receipts: nothing outside the declared roots is read or written.

use std::fs;
use std::os::unix::fs::symlink;

use crate::harness::{Run, Scratch, capture, files, label};

use super::{
    FLAGS, backfill, captures_of, done, hour_file, run, short_states, three_hours, two_captures,
};

/// A link at `below` to the folder `elsewhere`.
fn link(scratch: &Scratch, below: &str) {
    let at = scratch.path(below);
    fs::create_dir_all(at.parent().unwrap()).unwrap();
    fs::create_dir_all(scratch.path("elsewhere")).unwrap();
    symlink(scratch.path("elsewhere"), at).unwrap();
}

#[test]
fn a_link_in_the_output_that_leads_outside_is_not_written_through() {
    for below in [
        "out/merged",
        "out/merged/model=default",
        "out/merged/model=default/endpoint=ep/variant=v/date=2025-11-01/hh=06",
        "out/_groundline",
        "out/_groundline/tmp",
        "out/_groundline/receipts",
        "out/_groundline/receipts/model=default/endpoint=ep",
        "out/_groundline/snapshots",
        "out/rejects",
        "out/ledger",
    ] {
        let scratch = three_hours();
        // Something for every folder: a reject at 07:00.
        scratch.write(&captures_of("07"), two_captures("07") + "no capture\n");
        link(&scratch, below);
        scratch.write("elsewhere/mine", "mine");
        let before = super::untouched(&scratch, "elsewhere");
        let refused = run(&scratch, "backfill", &["--max-rejects", "1"]);
        assert_ne!(refused.status, 0, "{below}");
        let said = refused.stderr.clone() + &refused.stdout;
        assert!(said.contains("outside"), "{below}: {said}");
        assert_eq!(super::untouched(&scratch, "elsewhere"), before, "{below}");
    }
}

#[test]
fn an_hour_file_that_is_a_link_is_replaced_and_not_what_it_points_to() {
    let scratch = three_hours();
    backfill(&scratch, &[]);
    let before = scratch.hashes("out");
    let hour_file = scratch.path(&hour_file("out", "06"));
    scratch.write("elsewhere/mine.parquet", fs::read(&hour_file).unwrap());
    fs::remove_file(&hour_file).unwrap();
    symlink(scratch.path("elsewhere/mine.parquet"), &hour_file).unwrap();
    let mine = super::untouched(&scratch, "elsewhere");
    run(&scratch, "backfill", &[]);
    assert_eq!(super::untouched(&scratch, "elsewhere"), mine);
    if !fs::symlink_metadata(&hour_file).unwrap().is_symlink() {
        assert_eq!(scratch.hashes("out"), before);
    }
}

#[test]
fn inputs_that_are_links_to_elsewhere_are_not_read() {
    let scratch = three_hours();
    let secret = capture("secret", None, "2025-11-01T06:10:00Z", "0.9");
    scratch
        .write("elsewhere/a.jsonl", secret)
        .write("elsewhere/l.jsonl", label("e06-2", "1"))
        .write("elsewhere/v/2025/11/01/06/a.jsonl", two_captures("06"));
    let outside = |of: &str| scratch.path("elsewhere").join(of);
    symlink(
        outside("a.jsonl"),
        scratch.path("cap/ep/v/2025/11/01/06/b.jsonl"),
    )
    .unwrap();
    symlink(outside("l.jsonl"), scratch.path("gt/2025/11/01/06/m.jsonl")).unwrap();
    symlink(outside(""), scratch.path("cap/linked")).unwrap();
    symlink(outside("v"), scratch.path("cap/ep/w")).unwrap();
    let ended = run(&scratch, "backfill", &[]);
    let rows = scratch.rows("out/merged");
    let (keys, labels): (Vec<_>, Vec<_>) = rows
        .iter()
        .map(|row| (row["key"].as_deref().unwrap(), row["label"].is_some()))
        .unzip();
    assert!(!keys.contains(&"secret"), "{ended:?}");
    assert!(
        rows.iter()
            .all(|row| row["endpoint"].as_deref() == Some("ep")),
        "{rows:?}"
    );
    assert!(
        rows.iter()
            .all(|row| row["variant"].as_deref() == Some("v")),
        "{rows:?}"
    );
    assert!(labels.iter().filter(|has| **has).count() <= 3, "{ended:?}");
    assert_eq!(ended.status, 0, "{ended:?}");
    assert_eq!(keys.len(), 6);
    assert_eq!(
        short_states(&scratch, &[]),
        ["05 done", "06 done", "07 done"]
    );
}

#[test]
fn odd_names_of_endpoints_stay_one_level_below_the_output() {
    for (name, encoded) in [
        ("a b", "a%20b"),
        ("a%2Fb", "a%252Fb"),
        ("a%2F..%2F..%2Fb", "a%252F..%252F..%252Fb"),
        ("a=b", "a%3Db"),
        ("%2e%2e", "%252e%252e"),
        ("'\"$(x)`", ""),
        ("*?[a]", ""),
        ("tür", ""),
        ("a:b\\c", ""),
    ] {
        let scratch = Scratch::new();
        scratch
            .write(
                &format!("cap/{name}/v/2025/11/01/06/a.jsonl"),
                two_captures("06"),
            )
            .write("gt/2025/11/01/06/l.jsonl", label("e06-1", "1"));
        let report = backfill(&scratch, &[]);
        assert_eq!(done(&report), ["06 built"], "{name}");
        assert_eq!(report["models"][0]["hours"][0]["endpoint"], name);
        assert!(
            done(&backfill(&scratch, &["--verify"])).is_empty(),
            "{name}"
        );
        let below: Vec<String> = scratch.hashes("out/merged").into_keys().collect();
        assert_eq!(below.len(), 1, "{name}: {below:?}");
        let levels: Vec<&str> = below[0].split('/').collect();
        assert_eq!(levels.len(), 6, "{name}: {below:?}");
        if !encoded.is_empty() {
            assert_eq!(levels[1], format!("endpoint={encoded}"), "{name}");
        }
        expect_only(&scratch, &["cap", "gt", "out"]);
    }
}

/// Nothing else lies in the scratch folder.
#[track_caller]
fn expect_only(scratch: &Scratch, names: &[&str]) {
    let there = fs::read_dir(scratch.path(".")).unwrap();
    let mut there: Vec<String> = there
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    there.sort();
    assert_eq!(there, names);
}

#[test]
fn hidden_names_are_left_out_and_names_with_control_characters_refused() {
    for (name, status) in [
        (".hidden", 0),
        ("...", 0),
        ("_batch", 0),
        ("a\nb", 1),
        ("a\u{1}b", 1),
    ] {
        let scratch = three_hours();
        scratch.write(
            &format!("cap/{name}/v/2025/11/01/06/a.jsonl"),
            two_captures("06"),
        );
        let ended = run(&scratch, "backfill", &[]).expect_status(status);
        if status == 0 {
            let rows = scratch.rows("out/merged");
            let endpoints = rows.iter().map(|row| row["endpoint"].as_deref());
            assert_eq!(endpoints.collect::<Vec<_>>(), [Some("ep"); 6], "{name:?}");
            expect_only(&scratch, &["cap", "gt", "out"]);
        } else {
            let told = "holds control characters";
            assert!(ended.stderr.contains(told), "{}", ended.stderr);
            expect_only(&scratch, &["cap", "gt"]);
        }
    }
}

fn with_model(scratch: &Scratch, name: &str) -> Run {
    run(scratch, "backfill", &["--model", name])
}

#[test]
fn a_model_name_is_one_level_or_refused() {
    for name in [
        "../x",
        "..",
        ".",
        "a/b",
        "/",
        "a/../../x",
        "a\\b",
        "%2e%2e",
        "a b",
        "a=b",
        "",
    ] {
        let scratch = three_hours();
        let ended = with_model(&scratch, name);
        if ended.status == 0 {
            for file in files(&scratch.path("out/merged")) {
                let below = file.strip_prefix(scratch.path("out/merged")).unwrap();
                assert_eq!(below.components().count(), 6, "{name}: {below:?}");
            }
            assert!(
                done(&with_model(&scratch, name).json()).is_empty(),
                "{name}"
            );
            expect_only(&scratch, &["cap", "gt", "out"]);
        } else {
            assert!(matches!(ended.status, 1 | 2), "{name}: {ended:?}");
            assert!(files(&scratch.path("out")).is_empty(), "{name}");
            expect_only(&scratch, &["cap", "gt"]);
        }
    }
}

#[test]
fn a_receipt_that_names_a_listing_elsewhere_is_not_believed() {
    for name in [
        "../../../elsewhere/s",
        "/elsewhere/s",
        "..%2F..%2F..%2Felsewhere%2Fs",
    ] {
        let scratch = three_hours();
        backfill(&scratch, &[]);
        let listings = files(&scratch.path("out/_groundline/snapshots"));
        scratch.write("elsewhere/s.json", fs::read(&listings[0]).unwrap());
        let id = listings[0].file_stem().unwrap().to_str().unwrap();
        for receipt in files(&scratch.path("out/_groundline/receipts")) {
            let text = fs::read_to_string(&receipt).unwrap();
            fs::write(&receipt, text.replace(id, name)).unwrap();
        }
        let states = super::states(&scratch, &[]);
        for (state, why) in states {
            assert!(!state.ends_with("done"), "{name}: {state}");
            assert!(why.contains("cannot be read"), "{name}: {why}");
        }
        let built = ["05 built", "06 built", "07 built"];
        assert_eq!(done(&backfill(&scratch, &[])), built, "{name}");
    }
}

#[test]
fn an_output_that_is_a_link_is_the_folder_that_it_names() {
    // The user said so: it is the declared root.
    let scratch = three_hours();
    link(&scratch, "out");
    backfill(&scratch, &[]);
    assert_eq!(scratch.hashes("elsewhere/merged").len(), 3);
    let args = ["status", "--out", "elsewhere", "--output", "json"];
    let status = scratch
        .run(&[&args, &FLAGS[..]].concat())
        .expect_status(0)
        .json();
    let states = super::states_of(&status);
    assert!(
        states.iter().all(|(state, _)| state.ends_with("done")),
        "{states:?}"
    );
}

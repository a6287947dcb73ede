//! Runs whose output is in the bucket.

use std::collections::BTreeMap;
use std::fs;

use sha2::{Digest, Sha256};

use super::server::{BUCKET, Kind, S3Server, Seen, count};
use super::{corpus, merge_args, served, words};
use crate::crash::corpus::large_hour;
use crate::harness::{Run, Scratch, files, label};

const FROM: &str = "2026-11-01T00";
const TO: &str = "2026-11-01T04";

fn uri(below: &str) -> String {
    format!("s3://{BUCKET}/{below}")
}

/// Every object below a prefix, as sha256.
fn objects(server: &S3Server, prefix: &str) -> BTreeMap<String, String> {
    let base = server.object(prefix);
    let hashed = files(&base).into_iter().map(|file| {
        let name = file.strip_prefix(&base).unwrap().to_str().unwrap();
        let hash = Sha256::digest(fs::read(&file).unwrap());
        (name.to_owned(), format!("{hash:x}"))
    });
    hashed.collect()
}

/// Runs a command over the corpus in the bucket.
fn run(server: &S3Server, scratch: &Scratch, command: &str, out: &str, more: &[&str]) -> Run {
    let mut args = merge_args(FROM, TO, out, true);
    command.clone_into(&mut args[0]);
    if command == "backfill" {
        // Whatever the clock of this machine says.
        args.push("--include-open".into());
    }
    server.run(scratch, &[&words(&args)[..], more].concat())
}

#[test]
fn merge_and_backfill_write_the_bytes_that_they_write_to_a_folder() {
    let scratch = corpus(4);
    let server = served(&scratch);
    for command in ["merge", "backfill"] {
        run(&server, &scratch, command, command, &[]).expect_status(0);
        run(&server, &scratch, command, &uri(command), &[]).expect_status(0);
        let (here, there) = (scratch.hashes(command), objects(&server, command));
        assert_eq!(here, there, "{command}");
        // Hour files, receipts, a snapshot and the ledger; of the merge unmatched labels too.
        assert!(here.len() >= 10, "{here:?}");
    }
    // Of inputs in folders all is the same but what the receipts say of the inputs.
    let args = merge_args(FROM, TO, "plain", false);
    scratch.run(&words(&args)).expect_status(0);
    for below in ["merged", "rejects", "ledger", "unmatched"] {
        let there = objects(&server, &format!("merge/{below}"));
        assert_eq!(scratch.hashes(&format!("plain/{below}")), there, "{below}");
    }
}

#[test]
fn a_second_backfill_writes_nothing_to_the_bucket() {
    let scratch = corpus(4);
    let server = served(&scratch);
    run(&server, &scratch, "backfill", &uri("out"), &[]).expect_status(0);
    server.take_seen();
    let again = run(
        &server,
        &scratch,
        "backfill",
        &uri("out"),
        &["--output=json"],
    );
    assert_eq!(again.expect_status(0).json()["models"][0]["untouched"], 4);
    let seen = server.take_seen();
    assert!(seen.iter().all(|seen| !seen.kind.is_write()), "{seen:?}");
    assert_eq!(count(&seen, Kind::Get, "pre/"), 0);
}

#[test]
fn late_labels_are_written_without_a_look_at_the_captures() {
    let scratch = corpus(4);
    let server = served(&scratch);
    run(&server, &scratch, "backfill", &uri("out"), &[]).expect_status(0);
    // Of the prediction `e1-1-0-0` alone.
    server.put("pre/gt/2026/11/01/02/late.jsonl", label("e1-1-0-0", "0"));
    server.take_seen();
    let late = run(
        &server,
        &scratch,
        "backfill",
        &uri("out"),
        &["--output=json"],
    );
    let report = late.expect_status(0).json();
    let hours = report["models"][0]["hours"].as_array().unwrap().iter();
    let done: Vec<String> = hours
        .map(|hour| format!("{} {}", hour["hour"], hour["done"]).replace('"', ""))
        .collect();
    // The horizon is two hours: of hour 1 labels are seen until 3, of hour 0 until 2.
    assert!(
        done.contains(&"2026-11-01T01 patched".to_owned()),
        "{done:?}"
    );
    assert_eq!(
        done.iter().filter(|done| done.ends_with("patched")).count(),
        1
    );
    let seen = server.take_seen();
    assert_eq!(count(&seen, Kind::Get, "pre/cap"), 0);
    assert_eq!(count(&seen, Kind::Head, "pre/cap"), 0);
    assert_eq!(count(&seen, Kind::Get, "pre/gt"), 1, "the added file alone");
    run(&server, &scratch, "backfill", &uri("anew"), &[]).expect_status(0);
    assert_eq!(
        objects(&server, "out/merged"),
        objects(&server, "anew/merged")
    );
}

/// Writes one hour that is larger than a part; what was asked of the server.
fn large(more: &[&str]) -> Vec<Seen> {
    let scratch = large_hour();
    let server = S3Server::start();
    let out = uri("out");
    let args = [
        "merge",
        "--captures=captures",
        "--labels=early",
        "--all",
        "--probability-attribute=0",
        "--out",
        &out,
    ];
    server
        .run(&scratch, &[&args[..], more].concat())
        .expect_status(0);
    let args = ["--captures=captures", "--labels=early", "--out=local"];
    let same = ["merge", "--all", "--probability-attribute=0"];
    scratch.run(&[&same[..], &args].concat()).expect_status(0);
    assert_eq!(
        objects(&server, "out/merged"),
        scratch.hashes("local/merged")
    );
    assert_eq!(server.unfinished(), []);
    server.take_seen()
}

#[test]
fn all_parts_but_the_last_are_of_one_size() {
    let seen = large(&[]);
    let parts = seen.iter().filter(|seen| seen.kind == Kind::PutPart);
    let mut sizes: Vec<usize> = parts.map(|part| part.bytes).collect();
    sizes.sort_unstable();
    let last = sizes.remove(0);
    assert!(!sizes.is_empty());
    assert!(sizes.iter().all(|size| *size == 8 << 20), "{sizes:?}");
    assert!(last < 8 << 20, "{last}");
}

#[test]
fn the_encryption_is_asked_for_with_every_object_and_upload() {
    let kms: &[(&str, &str)] = &[
        ("x-amz-server-side-encryption", "aws:kms"),
        ("x-amz-server-side-encryption-aws-kms-key-id", "key-1"),
    ];
    let own: &[(&str, &str)] = &[("x-amz-server-side-encryption", "AES256")];
    for (flags, headers) in [
        (&["--sse=aws:kms", "--kms-key-id=key-1"][..], kms),
        (&["--sse=AES256"], own),
    ] {
        let seen = large(flags);
        for kind in [Kind::Put, Kind::CreateUpload] {
            let mut of_kind = seen.iter().filter(|seen| seen.kind == kind).peekable();
            assert!(of_kind.peek().is_some());
            for seen in of_kind {
                for (name, value) in headers {
                    assert_eq!(seen.headers[*name], *value, "{kind:?} {}", seen.what);
                }
            }
        }
    }
}

#[test]
fn an_output_within_the_inputs_is_refused() {
    let scratch = corpus(1);
    let server = served(&scratch);
    let before = objects(&server, "");
    for command in ["merge", "backfill"] {
        for out in ["pre/cap", "pre/cap/out", "pre/gt/out"] {
            let run = run(&server, &scratch, command, &uri(out), &[]).expect_status(2);
            let hint =
                "hint: choose a folder outside the captures, transforms and labels with --out";
            assert!(run.stderr.contains(hint), "{}", run.stderr);
            assert!(run.stderr.contains(&uri("pre/")), "{}", run.stderr);
        }
    }
    assert_eq!(objects(&server, ""), before);
}

#[test]
fn status_and_gc_look_into_the_bucket() {
    let scratch = corpus(2);
    let server = served(&scratch);
    let out = uri("out");
    run(&server, &scratch, "backfill", &out, &[]).expect_status(0);
    let states = || -> Vec<String> {
        let json = ["--output=json"];
        let run = run(&server, &scratch, "status", &out, &json).expect_status(0);
        let hours = run.json()["models"][0]["hours"].clone();
        let hours = hours.as_array().unwrap().iter();
        hours.map(|hour| hour["state"].to_string()).collect()
    };
    let gc = |more: &[&str]| {
        let args = ["gc", "--out", &out, "--older-than=PT0H", "--output=csv"];
        let run = server.run(&scratch, &[&args[..], more].concat());
        run.expect_status(0).stdout
    };
    let header = "kind,key,bytes,modified_micros\n";
    assert_eq!(states(), ["\"done\"", "\"done\""]);
    assert_eq!(gc(&[]), header);
    // Its receipt is of no use any more.
    let hour =
        "out/merged/model=default/endpoint=ep/variant=v/date=2026-11-01/hh=01/part-0.parquet";
    fs::remove_file(server.object(hour)).unwrap();
    assert_eq!(states()[1], "\"missing\"");
    let listed = gc(&["--yes"]);
    assert!(listed.contains("receipt without hour file,"), "{listed}");
    assert_eq!(gc(&[]), header);
}

#[test]
fn what_runs_left_in_a_bucket_is_read_there() {
    let scratch = corpus(1);
    let server = served(&scratch);
    let out = uri("out");
    run(&server, &scratch, "merge", &out, &[]).expect_status(0);
    run(&server, &scratch, "merge", "local", &[]).expect_status(0);
    let rows = "select count(*) as n, min(key) as k from merged";
    for args in [
        &["sql", "--output=csv", "-c", rows, "--in"][..],
        &["unmatched", "--output=csv", "--in"],
        &[
            "quality",
            "--output=json",
            "--problem-type=Regression",
            "--in",
        ],
    ] {
        let read = |from: &str| server.run(&scratch, &[args, &[from]].concat());
        let (here, there) = (read("local"), read(&out));
        assert_eq!(there.stdout, here.stdout, "{args:?}: {}", there.stderr);
        assert_eq!(there.status, here.status, "{args:?}: {}", there.stderr);
    }
    // What measures a window writes there too.
    let measured = uri("measured");
    let flags = ["--problem-type=Regression", "--inference-attribute=0"];
    run(&server, &scratch, "monitor", &measured, &flags).expect_status(0);
    let runs = server.object("measured/runs");
    assert!(!files(&runs).is_empty());
}

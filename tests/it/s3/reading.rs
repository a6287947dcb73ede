//! The same rows and bytes from S3 as from a folder.

use std::fs;

use super::server::{BUCKET, Fault, Kind, S3Server, count};
use super::{corpus, merge_args, served, words};
use crate::harness::Scratch;

#[test]
fn a_merge_from_s3_writes_the_bytes_of_a_merge_from_a_folder() {
    let scratch = corpus(3);
    let server = served(&scratch);
    let (from, to) = ("2026-11-01T00", "2026-11-01T03");
    let local = merge_args(from, to, "local", false);
    scratch.run(&words(&local)).expect_status(0);
    let remote = merge_args(from, to, "remote", true);
    server.run(&scratch, &words(&remote)).expect_status(0);

    for below in ["merged", "rejects", "ledger", "unmatched"] {
        let hashes = scratch.hashes(&format!("local/{below}"));
        assert_eq!(
            scratch.hashes(&format!("remote/{below}")),
            hashes,
            "{below}"
        );
    }
    assert_eq!(scratch.hashes("remote/merged").len(), 3);
    let labelled = scratch.rows("remote/merged");
    assert_eq!(labelled.len(), 12);
    assert!(
        labelled
            .iter()
            .all(|row| row["label"].as_deref() == Some("1"))
    );
}

#[test]
fn sql_over_s3_gives_the_rows_of_a_folder() {
    let scratch = corpus(3);
    let server = served(&scratch);
    let statement = "select p.hour, p.file, l.label from predictions p join latest_labels l \
        on l.key = coalesce(p.inference_id, p.event_id) where p.hour >= '2026-11-01T01:00:00Z' order by all";
    let statement = statement.replace("order by all", "order by p.hour, p.file, p.position");
    let query = ["sql", "-c", &statement, "--output", "csv", "--captures"];
    let local = scratch
        .run(&[&query[..], &["cap", "--labels", "gt"]].concat())
        .expect_status(0);
    let root = |name: &str| format!("s3a://{BUCKET}/pre/{name}/");
    let (captures, labels) = (root("cap"), root("gt"));
    let remote = [&query[..], &[&captures, "--labels", &labels, "--all"]].concat();
    let remote = server.run(&scratch, &remote).expect_status(0);
    assert_eq!(local.stdout.lines().count(), 9, "{}", local.stdout);
    assert_eq!(remote.stdout, local.stdout);
}

#[test]
fn a_file_in_the_bucket_is_a_table() {
    let scratch = corpus(1);
    let server = served(&scratch);
    server.put("pre/extra.csv", "a,b\n1,x\n2,y\n");
    let file = format!("s3://{BUCKET}/pre/extra.csv");
    let query = [
        "sql",
        "--output",
        "csv",
        "-c",
        "select sum(a) s from extra",
        &file,
    ];
    let run = server.run(&scratch, &query).expect_status(0);
    assert_eq!(run.stdout, "s\n3\n");
    let absent = format!("x=s3://{BUCKET}/pre/absent.parquet");
    let query = ["sql", "-c", "select * from x", "--file", &absent];
    let run = server.run(&scratch, &query);
    assert_ne!(run.status, 0, "{}", run.stdout);
    assert!(run.stderr.contains("absent.parquet"), "{}", run.stderr);
}

#[test]
fn an_object_of_many_parts_is_read_as_one() {
    let scratch = Scratch::new();
    let mut lines = String::new();
    for n in 0..90_000 {
        lines += &format!(
            "{{\"groundTruthData\":{{\"data\":\"{n}\",\"encoding\":\"CSV\"}},\"eventMetadata\":{{\"eventId\":\"id-{n}-{}\"}},\"eventVersion\":\"0\"}}\n",
            "x".repeat(n % 97)
        );
    }
    assert!(lines.len() > 10 << 20);
    let server = S3Server::start();
    let key = "gt/2026/11/01/05/l.jsonl";
    scratch.write(key, &lines);
    server.put(key, &lines);
    let statement =
        "select count(*), sum(cast(label as bigint)), max(position), min(length(key)) from labels";
    let query = [
        "sql", "--output", "csv", "-c", statement, "--all", "--labels",
    ];
    let local = scratch
        .run(&[&query[..], &["gt"]].concat())
        .expect_status(0);
    // Cut by range, and whole.
    for split in ["1M", "5000000", "1G"] {
        server.take_seen();
        let root = format!("s3://{BUCKET}/gt");
        let remote = [&query[..], &[&root, "--split-size", split]].concat();
        let remote = server.run(&scratch, &remote).expect_status(0);
        assert_eq!(remote.stdout, local.stdout, "{split}");
        let gets = count(&server.take_seen(), Kind::Get, key);
        assert!((3..40).contains(&gets), "{gets} GETs at {split}");
    }
}

#[test]
fn packed_objects_are_read() {
    let scratch = corpus(1);
    let server = served(&scratch);
    for side in ["cap/ep/v", "gt"] {
        let folder = format!("{side}/2026/11/01/00");
        let plain = fs::read(scratch.path(&format!("{folder}/0.jsonl"))).unwrap();
        let packed = zstd(&plain);
        fs::remove_file(scratch.path(&format!("{folder}/0.jsonl"))).unwrap();
        scratch.write(&format!("{folder}/0.jsonl.zst"), &packed);
        fs::remove_file(server.object(&format!("pre/{folder}/0.jsonl"))).unwrap();
        server.put(&format!("pre/{folder}/0.jsonl.zst"), &packed);
    }
    let (from, to) = ("2026-11-01T00", "2026-11-01T01");
    let local = merge_args(from, to, "local", false);
    scratch.run(&words(&local)).expect_status(0);
    let remote = merge_args(from, to, "remote", true);
    server.run(&scratch, &words(&remote)).expect_status(0);
    assert_eq!(scratch.rows("local/merged").len(), 4);
    assert_eq!(
        scratch.hashes("remote/merged"),
        scratch.hashes("local/merged")
    );
}

/// A zstd frame of raw blocks: no compressor is needed to test a decompressor.
fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x28, 0xB5, 0x2F, 0xFD, 0xA0];
    frame.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
    let header = (u32::try_from(bytes.len()).unwrap() << 3) | 1;
    frame.extend(header.to_le_bytes().iter().take(3));
    frame.extend(bytes);
    frame
}

#[test]
fn a_busy_service_is_asked_again() {
    let scratch = corpus(2);
    let server = served(&scratch);
    for (kind, status, code) in [
        (Kind::List, 503, "SlowDown"),
        (Kind::Get, 500, "InternalError"),
    ] {
        server.fail(Fault {
            times: 2,
            ..Fault::new(kind, status, code)
        });
    }
    let args = merge_args("2026-11-01T00", "2026-11-01T02", "out", true);
    server.run(&scratch, &words(&args)).expect_status(0);
    assert_eq!(scratch.rows("out/merged").len(), 8);
}

#[test]
fn an_object_that_changes_after_it_was_listed_fails_its_hour() {
    let scratch = corpus(2);
    let server = served(&scratch);
    server.fail(Fault {
        holds: "cap/ep/v/2026/11/01/01/1.jsonl",
        ..Fault::new(Kind::Get, 412, "PreconditionFailed")
    });
    let args = merge_args("2026-11-01T00", "2026-11-01T02", "out", true);
    let run = server.run(&scratch, &words(&args)).expect_status(4);
    let said = "`ep/v/2026/11/01/01/1.jsonl` changed between listing and reading";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    assert_eq!(
        scratch.hashes("out/merged").len(),
        1,
        "the other hour is written"
    );
}

#[test]
fn a_manifest_leads_to_what_lies_in_declared_roots_and_nowhere_else() {
    let scratch = Scratch::new();
    let server = S3Server::start();
    let manifest = |prefix: &str| format!("[{{\"prefix\":\"{prefix}/\"}},\"x.jsonl.out\"]");
    let output = "{\"SageMakerOutput\":{\"p\":0.9},\"SageMakerInferenceId\":\"e1\",\"SageMakerInferenceTime\":\"2026-11-01T05:10:00Z\"}\n";
    let at = "bt/output/2026/11/01/05/m.json";
    server.put("gt/2026/11/01/05/l.jsonl", crate::harness::label("e1", "1"));
    server.put("jobs/a/x.jsonl.out", output);
    server.put("bt/jobs/a/x.jsonl.out", output);
    server.put("other/x.jsonl.out", output);
    let merge = |out: &str, map: &[&str]| {
        let (transforms, labels) = (format!("s3://{BUCKET}/bt"), format!("s3://{BUCKET}/gt"));
        let mut args = vec![
            "merge",
            "--transforms",
            &transforms,
            "--labels",
            &labels,
            "--out",
            out,
            "--all",
        ];
        args.extend([
            "--probability-attribute",
            "p",
            "--as-of",
            "2026-11-02T00:00:00Z",
        ]);
        args.extend(map);
        server.run(&scratch, &args)
    };
    let map = format!("s3://{BUCKET}/jobs=s3://{BUCKET}/jobs");

    server.put(at, manifest(&format!("s3://{BUCKET}/bt/jobs/a")));
    merge("inside", &[]).expect_status(0);
    assert_eq!(scratch.rows("inside/merged").len(), 1);

    server.put(at, manifest(&format!("s3a://{BUCKET}/jobs/a")));
    merge("mapped", &["--map", &map]).expect_status(0);
    assert_eq!(scratch.rows("mapped/merged").len(), 1);

    server.put(at, manifest(&format!("s3://{BUCKET}/other")));
    server.take_seen();
    let run = merge("outside", &["--map", &map]).expect_status(2);
    let said = format!("`s3://{BUCKET}/other/x.jsonl.out` lies outside the mapped roots");
    assert!(run.stderr.contains(&said), "{}", run.stderr);
    let hint = format!("`--map s3://{BUCKET}/other=s3://{BUCKET}/other` reads it where it is");
    assert!(run.stderr.contains(&hint), "{}", run.stderr);
    let seen = server.take_seen();
    assert!(
        seen.iter().all(|seen| !seen.what.starts_with("other")),
        "{seen:?}"
    );
}

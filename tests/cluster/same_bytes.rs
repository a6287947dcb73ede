//! What clusters of several sizes write is what one machine writes, byte by byte.

use std::sync::mpsc;

use crate::corpus::{Corpus, told};
use crate::harness::files;
use crate::nodes::{Means, Nodes};
use crate::s3_server::{KEY, Kind, SECRET, Seen, When, count};

#[test]
fn two_and_four_executors_write_what_one_machine_writes() {
    let corpus = Corpus::new(8000);
    corpus.server.take_seen();
    let alone = corpus.run("merge", "alone", &[]).expect_status(0);
    let listings = || count(&corpus.server.take_seen(), Kind::List, "in/");
    let listed = listings();
    let expected = corpus.written("alone");
    assert!(
        expected.keys().any(|key| key.starts_with("merged/")),
        "{expected:?}"
    );
    assert!(expected.keys().any(|key| key.starts_with("rejects/")));
    for executors in [2, 4] {
        let nodes = Nodes::start(&corpus.server, Means::executors(executors));
        let out = format!("of-{executors}");
        let run = corpus
            .run("merge", &out, &["--cluster", &nodes.address])
            .expect_status(0);
        // Hour files, receipts, rejects, unmatched labels, the ledger, and nothing of the job.
        assert_eq!(corpus.written(&out), expected, "{executors} executors");
        assert_eq!(told(&run, &out), told(&alone, "alone"));
        // The client lists; executors are told what to read.
        assert_eq!(listings(), listed, "{executors} executors");
    }
}

#[test]
fn policies_filters_and_columns_reach_the_executors() {
    let corpus = Corpus::new(2000);
    let nodes = Nodes::start(&corpus.server, Means::executors(2));
    for (number, more) in [
        &["--duplicate-labels", "all", "--label-horizon", "PT6H"][..],
        &[
            "--where",
            "record_index = 0",
            "--join",
            "inner",
            "--columns",
            "key,hour,label,prediction",
        ],
        &[
            "--format",
            "jsonl",
            "--variant",
            "All*",
            "--endpoint",
            "endpoint-1",
        ],
        &["--duplicate-labels", "error", "--label-lead", "PT0S"],
    ]
    .iter()
    .enumerate()
    {
        let (one, two) = (format!("alone-{number}"), format!("cluster-{number}"));
        let alone = corpus.run("merge", &one, more);
        let on_cluster: Vec<&str> = more
            .iter()
            .copied()
            .chain(["--cluster", &nodes.address])
            .collect();
        let run = corpus
            .run("merge", &two, &on_cluster)
            .expect_status(alone.status);
        assert_eq!(corpus.written(&two), corpus.written(&one), "{more:?}");
        assert_eq!(told(&run, &two), told(&alone, &one), "{more:?}");
    }
}

#[test]
fn a_backfill_brings_late_labels_on_a_cluster_too() {
    let corpus = Corpus::new(2000);
    let nodes = Nodes::start(&corpus.server, Means::executors(2));
    for (out, more) in [
        ("alone", &[][..]),
        ("cluster", &["--cluster", &nodes.address]),
    ] {
        // A first look before the late labels have come.
        let early: Vec<&str> = more
            .iter()
            .copied()
            .chain(["--as-of", "2026-11-01T08:00:00Z"])
            .collect();
        let mut args = corpus.args("backfill", out, &[]);
        let at = args.iter().position(|arg| arg == "--as-of").unwrap();
        args.drain(at..at + 2);
        args.extend(early.iter().map(|arg| (*arg).to_owned()));
        args.extend(["--to", "2026-11-01T07", "--from", "2026-11-01T00"].map(str::to_owned));
        args.retain(|arg| arg != "--all");
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let run = corpus.folder.run_with(&args, &crate::nodes::credentials());
        run.expect_status(0);
        corpus.run("backfill", out, more).expect_status(0);
    }
    assert_eq!(corpus.written("cluster"), corpus.written("alone"));
}

#[test]
fn the_encryption_of_the_run_reaches_the_executors() {
    let corpus = Corpus::new(500);
    let nodes = Nodes::start(&corpus.server, Means::executors(1));
    let asked = ["--sse=aws:kms", "--kms-key-id=key-1"];
    let flags = [&asked[..], &["--cluster", &nodes.address]].concat();
    corpus.server.take_seen();
    corpus.run("merge", "out", &flags).expect_status(0);
    let seen = corpus.server.take_seen();
    let hours = |seen: &&Seen| seen.kind == Kind::Put && seen.what.contains("merged/");
    assert!(seen.iter().any(|seen| hours(&seen)));
    for seen in seen.iter().filter(hours) {
        let header = |name: &str| seen.headers[name].to_str().unwrap().to_owned();
        assert_eq!(header("x-amz-server-side-encryption"), "aws:kms");
        let key = header("x-amz-server-side-encryption-aws-kms-key-id");
        assert_eq!(key, "key-1");
    }
}

#[test]
fn what_pins_a_job_has_no_credentials() {
    let corpus = Corpus::new(500);
    let nodes = Nodes::start(&corpus.server, Means::executors(1));
    let (tell, pinned) = mpsc::channel();
    let jobs = corpus.server.object("out/_groundline/jobs");
    corpus.server.on_write(move |seen, at| {
        let is_job = seen.kind == Kind::Put && seen.what.contains("_groundline/jobs/");
        if is_job && at == When::After {
            let object = files(&jobs).into_iter().next().unwrap();
            let _ = tell.send(std::fs::read(object).unwrap());
        }
    });
    corpus
        .run("merge", "out", &["--cluster", &nodes.address])
        .expect_status(0);
    corpus.server.on_write(|_, _| {});
    let object = pinned.try_recv().unwrap();
    let text = String::from_utf8(zstd::decode_all(&object[..]).unwrap()).unwrap();
    assert!(text.contains("in/captures"), "{text}");
    assert!(!text.contains(KEY) && !text.contains(SECRET));
    // It goes with the run.
    assert!(
        corpus
            .written("out")
            .keys()
            .all(|key| !key.contains("/jobs/"))
    );
}

//! What the binary makes of an S3 server that fails, and of what it may not do there.

use std::collections::BTreeMap;
use std::fs;

use sha2::{Digest, Sha256};

use crate::crash::corpus::large_hour;
use crate::harness::{Run, Scratch, capture, files, label};
use crate::s3::server::{BUCKET, Fault, Kind, S3Server, count};

/// Two hours of one capture each, and their labels, in `cap` and `gt` of the bucket.
fn served() -> (Scratch, S3Server) {
    let server = S3Server::start();
    for hour in ["00", "01"] {
        let time = format!("2025-11-03T{hour}:10:00Z");
        let line = capture(&format!("e{hour}"), None, &time, "0.9");
        server.put(&format!("cap/ep/v/2025/11/03/{hour}/0.jsonl"), line);
        let line = label(&format!("e{hour}"), "1");
        server.put(&format!("gt/2025/11/03/{hour}/0.jsonl"), line);
    }
    (Scratch::new(), server)
}

fn uri(below: &str) -> String {
    format!("s3://{BUCKET}/{below}")
}

fn backfill(scratch: &Scratch, server: &S3Server, out: &str) -> Run {
    let (captures, labels, out) = (uri("cap"), uri("gt"), uri(out));
    let args = ["backfill", "--captures", &captures, "--labels", &labels];
    let more = ["--out", &out, "--all", "--probability-attribute=0"];
    let form = ["--as-of=2025-12-31", "--output=json"];
    server.run(scratch, &[&args[..], &more, &form].concat())
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

/// A fault that goes away.
fn twice(fault: Fault) -> Fault {
    Fault { times: 2, ..fault }
}

#[test]
fn what_fails_for_a_moment_is_asked_for_again() {
    let (scratch, server) = served();
    backfill(&scratch, &server, "whole").expect_status(0);
    let whole = objects(&server, "whole");
    let mut number = 0;
    for kind in [Kind::List, Kind::Get, Kind::Head, Kind::Put] {
        for fault in [
            Fault::new(kind, 503, "SlowDown"),
            Fault::new(kind, 500, "InternalError"),
            Fault {
                after: true,
                ..Fault::new(kind, 500, "InternalError")
            },
        ] {
            number += 1;
            let out = format!("out{number}");
            server.fail(twice(fault.clone()));
            backfill(&scratch, &server, &out).expect_status(0);
            assert_eq!(objects(&server, &out), whole, "{fault:?}");
            server.no_faults();
        }
    }
}

#[test]
fn an_hour_that_the_service_refuses_for_long_is_tried_once_more_at_the_end() {
    let (scratch, server) = served();
    backfill(&scratch, &server, "whole").expect_status(0);
    // As often as one request is tried.
    server.fail(Fault {
        times: 9,
        holds: "cap/ep/v/2025/11/03/01",
        ..Fault::new(Kind::Get, 503, "SlowDown")
    });
    let run = backfill(&scratch, &server, "out").expect_status(0);
    let hours = run.json()["models"][0]["hours"].clone();
    assert_eq!(hours[1]["done"], "built");
    assert_eq!(objects(&server, "out"), objects(&server, "whole"));
}

#[test]
fn bodies_that_break_off_are_asked_for_again_or_made_good_by_the_next_run() {
    let (scratch, server) = served();
    backfill(&scratch, &server, "whole").expect_status(0);
    let whole = objects(&server, "whole");
    for (number, (kind, holds)) in [
        (Kind::Get, "cap/"),
        (Kind::Get, "gt/"),
        (Kind::List, "cap"),
        (Kind::List, "gt"),
        (Kind::Put, "out"),
    ]
    .into_iter()
    .enumerate()
    {
        let out = format!("out{number}");
        let fault = Fault::cut(kind, 20);
        server.fail(twice(Fault { holds, ..fault }));
        let run = backfill(&scratch, &server, &out);
        if run.status == 0 {
            assert_eq!(objects(&server, &out), whole, "{kind:?} {holds}");
        } else {
            assert!(run.stderr.contains("hint: "), "{}", run.stderr);
            assert!(run.stderr.contains(&uri(holds)), "{}", run.stderr);
        }
        server.no_faults();
        backfill(&scratch, &server, &out).expect_status(0);
        assert_eq!(objects(&server, &out), whole, "{kind:?} {holds}");
    }
}

#[test]
fn a_key_that_may_not_be_used_names_the_permission_and_leaves_no_file() {
    let (scratch, server) = served();
    let denied = "User: arn:aws:iam::1:user/x is not authorized to perform: kms:GenerateDataKey on resource: key";
    server.fail(Fault {
        holds: "out/merged",
        ..Fault::saying(Kind::Put, 403, "AccessDenied", denied)
    });
    let run = backfill(&scratch, &server, "out").expect_status(4);
    let hours = run.json()["models"][0]["hours"].clone();
    for hour in hours.as_array().unwrap() {
        assert_eq!(hour["done"], "failed");
        let said = format!("{} {}", hour["failure"], hour["hint"]);
        assert!(said.contains("kms:GenerateDataKey"), "{said}");
        assert!(!said.contains("arn:aws"), "{said}");
    }
    assert!(run.stderr.contains("hint: "), "{}", run.stderr);
    assert!(objects(&server, "out/merged").is_empty());
    assert!(objects(&server, "out/_groundline/receipts").is_empty());

    server.no_faults();
    backfill(&scratch, &server, "out").expect_status(0);
    backfill(&scratch, &server, "whole").expect_status(0);
    assert_eq!(objects(&server, "out"), objects(&server, "whole"));
}

#[test]
fn an_hour_in_an_archive_is_said_to_be_and_the_others_are_written() {
    let (scratch, server) = served();
    server.fail(Fault {
        holds: "cap/ep/v/2025/11/03/01",
        ..Fault::new(Kind::Get, 403, "InvalidObjectState")
    });
    let run = backfill(&scratch, &server, "out").expect_status(4);
    let hours = run.json()["models"][0]["hours"].clone();
    assert_eq!(hours[0]["done"], "built");
    assert_eq!(hours[1]["done"], "archived");
    let key = uri("cap/ep/v/2025/11/03/01/0.jsonl");
    assert!(hours[1]["failure"].to_string().contains(&key), "{hours}");
    assert!(!hours[1]["hint"].is_null(), "{hours}");
    assert_eq!(objects(&server, "out/merged").len(), 1);
}

#[test]
fn an_upload_that_fails_is_given_up_and_leaves_no_file() {
    let scratch = large_hour();
    for (kind, status, code) in [
        (Kind::CreateUpload, 403, "AccessDenied"),
        (Kind::PutPart, 403, "AccessDenied"),
        (Kind::CompleteUpload, 400, "InvalidPart"),
    ] {
        let server = S3Server::start();
        server.fail(Fault::new(kind, status, code));
        let out = uri("out");
        let args = ["backfill", "--captures=captures", "--labels=early", "--all"];
        let more = ["--out", &out, "--probability-attribute=0", "--quiet"];
        let run = server.run(&scratch, &[&args[..], &more].concat());
        let run = run.expect_status(4);
        assert!(run.stdout.contains(code), "{}", run.stdout);
        assert!(objects(&server, "out/merged").is_empty(), "{kind:?}");
        assert_eq!(server.unfinished(), [], "{kind:?}");
        let aborted = count(&server.take_seen(), Kind::AbortUpload, "out/merged");
        assert_eq!(aborted, usize::from(kind != Kind::CreateUpload), "{kind:?}");
    }
}

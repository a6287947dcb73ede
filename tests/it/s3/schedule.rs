//! A schedule whose inputs and output are in the bucket.

use std::collections::BTreeMap;
use std::fs;

use sha2::{Digest, Sha256};

use super::server::{BUCKET, S3Server};
use super::{corpus, served};
use crate::harness::{Run, Scratch, files};

fn config(scratch: &Scratch, out: &str) {
    let text = format!(
        "[[model]]\nname = \"m\"\ncaptures = \"s3://{BUCKET}/pre/cap\"\nlabels = \"s3://{BUCKET}/pre/gt\"\n\
         probability_attribute = \"0\"\n[output]\nuri = \"{out}\"\n[[schedule]]\nname = \"hourly\"\n\
         expression = \"@hourly\"\npublish = [\"cloudwatch-file\"]\n"
    );
    scratch.write("groundline.toml", text);
}

fn all(server: &S3Server, scratch: &Scratch) -> Run {
    let args = [
        "schedule",
        "run",
        "--from",
        "2026-11-01T01",
        "--until",
        "2026-11-01T04",
    ];
    server.run(scratch, &args)
}

fn objects(server: &S3Server, prefix: &str) -> BTreeMap<String, String> {
    let base = server.object(prefix);
    let hashed = files(&base).into_iter().map(|file| {
        let name = file.strip_prefix(&base).unwrap().to_str().unwrap();
        let hash = Sha256::digest(fs::read(&file).unwrap());
        (name.to_owned(), format!("{hash:x}"))
    });
    hashed.collect()
}

#[test]
fn executions_in_a_bucket_are_those_of_a_folder() {
    let scratch = corpus(4);
    let server = served(&scratch);
    config(&scratch, "out");
    all(&server, &scratch).expect_status(0);
    config(&scratch, &format!("s3://{BUCKET}/out"));
    let said = all(&server, &scratch).expect_status(0);
    assert_eq!(said.stdout.lines().count(), 4, "{}", said.stdout);
    for folder in ["runs", "merged", "metrics"] {
        let here = scratch.hashes(&format!("out/{folder}"));
        assert!(!here.is_empty());
        assert_eq!(here, objects(&server, &format!("out/{folder}")), "{folder}");
    }
    let list = server
        .run(&scratch, &["runs", "list", "--output", "csv"])
        .expect_status(0);
    assert_eq!(list.stdout.lines().count(), 5, "{}", list.stdout);
    // What it held while it ran it gave back.
    assert!(objects(&server, "out/_groundline/leases").is_empty());
}

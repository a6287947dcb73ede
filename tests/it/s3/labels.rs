//! Labels of a table whose files lie in the bucket.

use super::server::{BUCKET, Fault, Kind, S3Server, count};
use super::{corpus, served};
use crate::harness::{Run, Scratch};

/// A label for each record of the corpus, when its hour has begun.
const LABELS: &str = "\
    select event_id as id, 1 as label, hour as at from captures order by event_id";

/// `local/labels.csv` and `.parquet`, the same in the bucket.
fn tables(scratch: &Scratch, server: &S3Server) {
    for name in ["labels.csv", "labels.parquet"] {
        let out = format!("local/{name}");
        scratch.write("local/.keep", "");
        let args = ["sql", "--captures=cap", "-c", LABELS, "--out", &out];
        scratch.run(&args).expect_status(0);
        let bytes = std::fs::read(scratch.path(&out)).unwrap();
        server.put(&format!("warehouse/{name}"), bytes);
    }
}

/// A merge of the local captures with the labels of `files`.
fn merge(server: &S3Server, scratch: &Scratch, files: &str, out: &str) -> Run {
    let columns = ["--label-id=id", "--label-value=label", "--label-time=at"];
    let args = ["merge", "--captures=cap", "--all", "--as-of=2026-11-02"];
    let files = ["--label-files", files, "--out", out];
    server.run(scratch, &[&args[..], &columns, &files].concat())
}

#[test]
fn label_files_in_the_bucket_give_the_bytes_of_local_ones() {
    let scratch = corpus(3);
    let server = served(&scratch);
    tables(&scratch, &server);
    for kind in ["csv", "parquet"] {
        let (here, there) = (format!("here-{kind}"), format!("there-{kind}"));
        let local = format!("local/*.{kind}");
        merge(&server, &scratch, &local, &here).expect_status(0);
        server.take_seen();
        let remote = format!("s3://{BUCKET}/warehouse/*.{kind}");
        merge(&server, &scratch, &remote, &there).expect_status(0);
        let seen = server.take_seen();
        assert_eq!(count(&seen, Kind::List, "warehouse"), 1, "{seen:?}");

        let rows = scratch.rows(&format!("{there}/merged"));
        assert_eq!(rows.len(), 12);
        assert!(rows.iter().all(|row| row["label"].as_deref() == Some("1")));
        for below in ["merged", "rejects", "ledger", "unmatched"] {
            assert_eq!(
                scratch.hashes(&format!("{there}/{below}")),
                scratch.hashes(&format!("{here}/{below}")),
                "{kind} {below}"
            );
        }
    }
}

#[test]
fn a_label_file_that_changes_after_it_was_listed_is_an_error() {
    for kind in ["csv", "parquet"] {
        let scratch = corpus(1);
        let server = served(&scratch);
        tables(&scratch, &server);
        server.fail(Fault {
            holds: "warehouse",
            ..Fault::new(Kind::Get, 412, "PreconditionFailed")
        });
        let files = format!("s3://{BUCKET}/warehouse/*.{kind}");
        let run = merge(&server, &scratch, &files, "out").expect_status(1);
        let said = format!("`labels.{kind}` changed between listing and reading");
        assert!(run.stderr.contains(&said), "{}", run.stderr);
    }
}

#[test]
fn sql_over_a_label_table_needs_no_hour_for_it_is_read_as_a_whole() {
    let scratch = corpus(2);
    let server = served(&scratch);
    tables(&scratch, &server);
    let files = format!("s3://{BUCKET}/warehouse/*.parquet");
    let statement = "select count(*) n, (select count(*) from latest_labels) m from labels";
    let args = ["sql", "--output=csv", "-c", statement, "--label-files"];
    let columns = ["--label-id=id", "--label-value=label", "--label-time=at"];
    let run = server.run(&scratch, &[&args[..], &[&files], &columns].concat());
    assert_eq!(run.expect_status(0).stdout, "n,m\n8,8\n");
}

#[test]
fn labels_of_the_bucket_are_exported_to_a_folder() {
    let scratch = corpus(2);
    let server = served(&scratch);
    tables(&scratch, &server);
    let files = format!("s3://{BUCKET}/warehouse/*.csv");
    let args = ["labels", "export", "--to=truth", "--label-files", &files];
    let columns = ["--label-id=id", "--label-value=label", "--label-time=at"];
    let run = server.run(&scratch, &[&args[..], &columns].concat());
    run.expect_status(0);
    assert_eq!(scratch.hashes("truth").len(), 2);
}

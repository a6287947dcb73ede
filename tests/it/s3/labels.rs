//! Labels of a table whose files lie in the bucket.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

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

#[test]
fn a_large_row_group_comes_in_parts() {
    /// Ids of 32 bytes: a column chunk of about 10 MB.
    const ROWS: usize = 300_000;
    let scratch = corpus(1);
    let server = served(&scratch);
    let ids: ArrayRef = Arc::new(StringArray::from_iter_values(
        (0..ROWS).map(|n| format!("{n:032}")),
    ));
    let labels: ArrayRef = Arc::new(Int64Array::from_value(1, ROWS));
    let times: ArrayRef = Arc::new(TimestampMicrosecondArray::from_value(
        1_793_491_200_000_000,
        ROWS,
    ));
    let columns = [("id", ids), ("label", labels), ("at", times)];
    let rows = RecordBatch::try_from_iter(columns).unwrap();
    let plain = WriterProperties::builder()
        .set_dictionary_enabled(false)
        .build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, rows.schema(), Some(plain)).unwrap();
    writer.write(&rows).unwrap();
    writer.close().unwrap();
    server.put("warehouse/many.parquet", bytes);
    server.take_seen();
    let files = format!("s3://{BUCKET}/warehouse/*.parquet");
    let run = merge(&server, &scratch, &files, "out");
    run.expect_status(0);
    let asked: Vec<u64> = server
        .take_seen()
        .iter()
        .filter(|seen| seen.kind == Kind::Get && seen.what.contains("many"))
        .map(|seen| {
            let range = seen.headers["range"].to_str().unwrap();
            let (from, to) = range["bytes=".len()..].split_once('-').unwrap();
            to.parse::<u64>().unwrap() + 1 - from.parse::<u64>().unwrap()
        })
        .collect();
    assert!(asked.iter().sum::<u64>() > 8 << 20, "{asked:?}");
    assert!(asked.iter().all(|bytes| *bytes <= 8 << 20), "{asked:?}");
}

//! A forgotten condition on `hour` does not read a bucket.

use super::server::{Kind, S3Server, count};
use super::{BUCKET, corpus, served};
use crate::harness::{Run, Scratch};

fn sql(server: &S3Server, scratch: &Scratch, statement: &str, more: &[&str]) -> Run {
    let root = |name: &str| format!("s3://{BUCKET}/pre/{name}");
    let (captures, labels) = (root("cap"), root("gt"));
    let args = [
        "sql",
        "--captures",
        &captures,
        "--labels",
        &labels,
        "--output",
        "csv",
        "-c",
        statement,
    ];
    server.run(scratch, &[&args[..], more].concat())
}

#[test]
fn without_a_condition_on_hour_it_says_how_much_and_reads_nothing() {
    let scratch = corpus(3);
    let server = served(&scratch);
    let bytes: u64 = crate::harness::files(&scratch.path("cap"))
        .iter()
        .map(|file| file.metadata().unwrap().len())
        .sum();
    let said = format!(
        "error: the statement would read all of `captures`: 6 files, {:.1} kB below `s3://{BUCKET}/pre/cap`\n\
         hint: choose hours, from 2026-11-01T00 to 2026-11-01T02, with a condition such as \
         `hour >= '2026-11-01T02:00:00Z'`, or allow all of it with --all\n",
        bytes as f64 / 1000.0
    );
    for statement in [
        "select count(*) from captures",
        "select * from captures where event_id = 'x'",
        "select * from captures where endpoint = 'ep'",
        "select * from captures where hour = '2026-11-01T02:00:00Z' or event_id = 'x'",
        "select hour, count(*) from captures group by hour order by 2 limit 1",
        "explain analyze select count(*) from captures",
        "create table t as select * from captures",
        // They name `hour`, and leave nothing out.
        "select * from captures where hour > '1970-01-01T00:00:00Z'",
        "select * from captures where hour >= '2026-10-31T23:00:00Z'",
        "select * from captures where hour < '2026-11-01T04:00:00Z'",
        "select * from captures where hour >= '1960-01-01T00:00:00Z' and hour < '2201-01-01T00:00:00Z'",
        "select * from captures where hour is not null",
        "select * from captures where extract(month from hour) = 11 and endpoint = 'ep'",
    ] {
        let run = sql(&server, &scratch, statement, &[]).expect_status(2);
        assert_eq!(run.stderr, said, "{statement}");
        assert_eq!(run.stdout, "");
        assert_eq!(count(&server.take_seen(), Kind::Get, ""), 0, "{statement}");
    }
    let run = sql(&server, &scratch, "select count(*) from latest_labels", &[]).expect_status(2);
    assert!(
        run.stderr.contains(
            "hint: to find the last label of each key all labels are read; --all allows it"
        ),
        "{}",
        run.stderr
    );
}

#[test]
fn what_is_bounded_or_allowed_runs() {
    let scratch = corpus(3);
    let server = served(&scratch);
    for (statement, more, rows) in [
        (
            "select event_id from captures where hour = '2026-11-01T02:00:00Z'",
            &[][..],
            4,
        ),
        (
            "select event_id from captures where hour > '2026-11-01T00:00:00Z'",
            &[],
            8,
        ),
        ("select event_id from captures limit 5", &[], 5),
        // Both ends are said, or one that is an hour of the bucket.
        (
            "select event_id from captures where hour >= '2026-01-01T00:00:00Z' and hour < '2027-01-01T00:00:00Z'",
            &[],
            12,
        ),
        (
            "select event_id from captures where hour in ('2026-11-01T00:00:00Z', '2026-11-01T01:00:00Z')",
            &[],
            8,
        ),
        (
            "select event_id from captures where hour >= '2026-11-01T00:00:00Z'",
            &[],
            12,
        ),
        (
            "select event_id from captures where hour <= '2026-11-01T02:00:00Z'",
            &[],
            12,
        ),
        (
            "select event_id from captures where extract(hour from hour) <> 1",
            &[],
            8,
        ),
        ("select 1", &[], 1),
        ("select event_id from captures", &["--all"], 12),
        ("select key from latest_labels", &["--all"], 12),
    ] {
        let run = sql(&server, &scratch, statement, more).expect_status(0);
        assert_eq!(
            run.stdout.lines().count(),
            rows + 1,
            "{statement}: {}",
            run.stdout
        );
    }
    let shown = sql(&server, &scratch, "explain select * from captures", &[]).expect_status(0);
    assert!(shown.stdout.contains("captures"), "{}", shown.stdout);
}

#[test]
fn local_folders_are_not_guarded_and_a_remote_table_beside_them_is() {
    let scratch = corpus(2);
    let server = served(&scratch);
    let remote = format!("s3://{BUCKET}/pre/gt");
    let both = ["sql", "--captures", "cap", "--labels", &remote, "-c"];
    let run = |statement: &str| server.run(&scratch, &[&both[..], &[statement]].concat());
    run("select count(*) from captures").expect_status(0);
    let joined = "select count(*) from captures c join labels l on l.key = c.event_id";
    let refused = run(joined).expect_status(2);
    assert!(
        refused.stderr.contains("all of `labels`: 4 files"),
        "{}",
        refused.stderr
    );
    run(&format!("{joined} and l.hour >= '2026-11-01T01:00:00Z'")).expect_status(0);
}

#[test]
fn a_bound_on_one_side_counts_if_it_leaves_something_out() {
    let scratch = corpus(2);
    // Days later: what lies between is no hour of the bucket.
    let late = scratch.path("cap/ep/v/2026/11/01/01/0.jsonl");
    scratch.write(
        "cap/ep/v/2026/11/09/05/0.jsonl",
        std::fs::read(late).unwrap(),
    );
    let server = served(&scratch);
    for (filter, rows) in [
        ("hour >= '2026-11-05T00:00:00Z'", 2),
        ("hour < '2026-11-05T00:00:00Z'", 8),
    ] {
        let statement = format!("select event_id from captures where {filter}");
        let run = sql(&server, &scratch, &statement, &[]).expect_status(0);
        assert_eq!(run.stdout.lines().count(), rows + 1, "{}", run.stdout);
    }
    // A bucket of one hour, and a question about it.
    let scratch = corpus(1);
    let server = served(&scratch);
    let statement = "select event_id from captures where hour = '2026-11-01T00:00:00Z'";
    sql(&server, &scratch, statement, &[]).expect_status(0);
}

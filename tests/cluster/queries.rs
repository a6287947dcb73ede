//! SQL and measurements on a cluster say what one machine says.

use std::time::{Duration, Instant};

use crate::corpus::Corpus;
use crate::harness::Run;
use crate::nodes::{Means, Nodes, credentials};
use crate::s3_server::{BUCKET, Kind, count};

fn ask(corpus: &Corpus, args: &[&str], more: &[&str]) -> Run {
    let endpoint = corpus.server.endpoint();
    let all: Vec<&str> = args
        .iter()
        .copied()
        .chain(["--endpoint-url", &endpoint, "--threads", "2"])
        .chain(more.iter().copied())
        .collect();
    corpus.folder.run_with(&all, &credentials())
}

#[test]
fn statements_give_the_same_rows_and_count_the_same_rejects() {
    let corpus = Corpus::new(2000);
    corpus.run("merge", "out", &[]).expect_status(0);
    let nodes = Nodes::start(&corpus.server, Means::executors(2));
    let (captures, labels) = (
        format!("s3://{BUCKET}/in/captures"),
        format!("s3://{BUCKET}/in/labels"),
    );
    let out = format!("s3://{BUCKET}/out");
    for statement in [
        "select endpoint, hour, count(*) n, count(distinct file) f from predictions group by 1, 2 order by 1, 2",
        "select key, label, hour from latest_labels order by key limit 20",
        "select p.endpoint, l.label, count(*) from predictions p join labels l \
         on l.key = coalesce(p.inference_id, p.event_id) group by 1, 2 order by 1, 2",
        "select payload_field(output, output_encoding, '0') p from predictions order by file, position, record_index limit 7",
        "select prediction, label, count(*) from merged group by 1, 2 order by 1, 2",
        "select auc(cast(label as double), probability) from merged",
        "select count(*) from labels where hour = (select min(hour) from labels)",
        "select 1 + 1",
        "select table_name from information_schema.tables order by 1",
    ] {
        let args = [
            "sql",
            "--captures",
            &captures,
            "--labels",
            &labels,
            "--in",
            &out,
            "--all",
            "-c",
            statement,
        ];
        let alone = ask(&corpus, &args, &[]).expect_status(0);
        let run = ask(&corpus, &args, &["--cluster", &nodes.address]).expect_status(0);
        assert_eq!(run.stdout, alone.stdout, "{statement}");
        let rejected = |run: &Run| {
            run.stderr
                .split(" records rejected")
                .next()
                .map(str::to_owned)
        };
        assert_eq!(rejected(&run), rejected(&alone), "{statement}");
    }
}

#[test]
fn metrics_are_the_same_to_the_last_digit() {
    let corpus = Corpus::new(2000);
    corpus.run("merge", "out", &[]).expect_status(0);
    let nodes = Nodes::start(&corpus.server, Means::executors(2));
    let out = format!("s3://{BUCKET}/out");
    let args = [
        "quality", "--in", &out, "--all", "--every", "hour", "--by", "endpoint", "--output", "json",
    ];
    let alone = ask(&corpus, &args, &[]).expect_status(0);
    let run = ask(&corpus, &args, &["--cluster", &nodes.address]).expect_status(0);
    assert_eq!(run.stdout, alone.stdout);
}

/// Ballista would count what the first tasks gave twice.
#[test]
fn a_statement_whose_executor_dies_in_the_middle_counts_nothing_twice() {
    let corpus = Corpus::new(8000);
    let (captures, labels) = (
        format!("s3://{BUCKET}/in/captures"),
        format!("s3://{BUCKET}/in/labels"),
    );
    // Two tables are read, shuffled, joined, and counted in stages of their own.
    let statement = "select l.label, count(*), sum(p.position) from predictions p join labels l \
                     on l.key = p.inference_id group by 1 order by 1, 2";
    let args = [
        "sql",
        "--captures",
        &captures,
        "--labels",
        &labels,
        "--all",
        "--output",
        "csv",
        "-c",
        statement,
    ];
    let alone = ask(&corpus, &args, &[]).expect_status(0);
    for last in [10, 60, 71] {
        let mut nodes = Nodes::start(&corpus.server, Means::executors(2));
        let mut executor = nodes.take_executor(0);
        corpus.server.take_seen();
        let run = std::thread::scope(|scope| {
            let run = scope.spawn(|| ask(&corpus, &args, &["--cluster", &nodes.address]));
            let (mut seen, until) = (Vec::new(), Instant::now() + Duration::from_secs(60));
            while count(&seen, Kind::Get, "in/captures") < last && Instant::now() < until {
                seen.extend(corpus.server.take_seen());
                std::thread::sleep(Duration::from_millis(1));
            }
            executor.kill().unwrap();
            executor.wait().unwrap();
            run.join().unwrap()
        });
        let run = run.expect_status(0);
        assert_eq!(run.stdout, alone.stdout, "after {last} objects");
    }
}

//! SQL and measurements on a cluster say what one machine says.

use crate::corpus::Corpus;
use crate::harness::Run;
use crate::nodes::{Means, Nodes, credentials};
use crate::s3_server::BUCKET;

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
            "--query-all",
            "-c",
            statement,
        ];
        let args: Vec<&str> = args
            .iter()
            .map(|arg| if *arg == "--query-all" { "--all" } else { arg })
            .collect();
        let alone = ask(&corpus, &args, &[]);
        let run = ask(&corpus, &args, &["--cluster", &nodes.address]).expect_status(alone.status);
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

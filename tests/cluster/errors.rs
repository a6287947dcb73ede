//! What is said when a cluster is not there, or cannot do what is asked.

use crate::corpus::Corpus;
use crate::nodes::{Means, Nodes};

#[test]
fn a_cluster_that_is_not_there_is_told() {
    let corpus = Corpus::new(100);
    let run = corpus
        .run("merge", "out", &["--cluster", "df://localhost:1"])
        .expect_status(1);
    assert!(
        run.stderr
            .contains("no scheduler answers at df://localhost:1"),
        "{}",
        run.stderr
    );
    let run = corpus
        .run("merge", "out", &["--cluster", "localhost:50050"])
        .expect_status(2);
    assert!(run.stderr.contains("df://HOST:50050"), "{}", run.stderr);
    let nodes = Nodes::start(&corpus.server, Means::executors(0));
    let run = corpus
        .run("merge", "out", &["--cluster", &nodes.address])
        .expect_status(1);
    assert!(
        run.stderr.contains("no executor is registered at"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("groundline-cluster executor"),
        "{}",
        run.stderr
    );
    assert!(corpus.written("out").is_empty());
}

#[test]
fn executors_without_credentials_say_so() {
    let corpus = Corpus::new(100);
    let means = Means {
        keys: false,
        ..Means::executors(1)
    };
    let nodes = Nodes::start(&corpus.server, means);
    let run = corpus
        .run("merge", "out", &["--cluster", &nodes.address])
        .expect_status(1);
    assert!(run.stderr.contains("credentials"), "{}", run.stderr);
    assert!(
        run.stderr.contains("executors use their own"),
        "{}",
        run.stderr
    );
    assert!(
        !corpus
            .written("out")
            .keys()
            .any(|key| key.starts_with("merged/"))
    );
}

#[test]
fn what_is_not_done_on_a_cluster_is_refused_before_anything_is_written() {
    let corpus = Corpus::new(100);
    let nodes = Nodes::start(&corpus.server, Means::executors(1));
    let run = corpus.run(
        "merge",
        "out",
        &["--match", "either", "--cluster", &nodes.address],
    );
    let run = run.expect_status(2);
    assert!(
        run.stderr
            .contains("match = \"either\" is not done on a cluster"),
        "{}",
        run.stderr
    );
    assert!(corpus.written("out").is_empty());
}

#[test]
fn too_many_rejected_labels_stop_the_run_before_an_hour_is_written() {
    let corpus = Corpus::new(2000);
    let nodes = Nodes::start(&corpus.server, Means::executors(2));
    let run = corpus.run(
        "merge",
        "out",
        &["--max-rejects", "0", "--cluster", &nodes.address],
    );
    let alone = corpus.run("merge", "alone", &["--max-rejects", "0"]);
    let run = run.expect_status(alone.status);
    assert_eq!(run.stderr, alone.stderr);
    assert_eq!(corpus.written("out"), corpus.written("alone"));
}

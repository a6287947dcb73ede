//! Executors and schedulers that are killed in the middle of a job.

use std::process::Child;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::corpus::{Corpus, told};
use crate::nodes::{Means, Nodes, credentials};
use crate::s3_server::{Kind, When, count};

/// Kills an executor as soon as so many objects of predictions, and of labels, have been read.
fn kill_after_reading(corpus: &Corpus, out: &str, captures: usize, labels: usize) {
    let mut nodes = Nodes::start(&corpus.server, Means::executors(2));
    let mut executor = nodes.take_executor(0);
    corpus.server.take_seen();
    let run = std::thread::scope(|scope| {
        let run = scope.spawn(|| corpus.run("merge", out, &["--cluster", &nodes.address]));
        let mut seen = Vec::new();
        let until = Instant::now() + Duration::from_secs(120);
        loop {
            seen.extend(corpus.server.take_seen());
            let read = |what| count(&seen, Kind::Get, &format!("in/{what}"));
            if read("captures") >= captures && read("labels") >= labels {
                break;
            }
            assert!(
                Instant::now() < until && !run.is_finished(),
                "it ended before it was killed"
            );
            std::thread::sleep(Duration::from_millis(1));
        }
        executor.kill().unwrap();
        executor.wait().unwrap();
        run.join().unwrap()
    });
    compare(corpus, out, &run.expect_status(0));
}

fn compare(corpus: &Corpus, out: &str, run: &crate::harness::Run) {
    let alone = corpus.run("merge", "alone", &[]).expect_status(0);
    assert_eq!(corpus.written(out), corpus.written("alone"));
    assert_eq!(told(run, out), told(&alone, "alone"));
}

#[test]
fn an_executor_that_dies_in_the_middle_of_the_scan_changes_nothing() {
    let corpus = Corpus::new(8000);
    // 72 objects: two endpoints, twelve hours, three files.
    kill_after_reading(&corpus, "lost", 30, 0);
}

#[test]
fn an_executor_that_dies_when_all_ids_are_read_changes_nothing() {
    let corpus = Corpus::new(8000);
    let labels = corpus.written("in/labels").len();
    // Labels are read twice, once to be counted; what the dead executor had shuffled is made again.
    kill_after_reading(&corpus, "lost", 72, 2 * labels);
}

#[test]
fn an_executor_that_dies_while_hours_are_written_changes_nothing() {
    let corpus = Corpus::new(8000);
    // Early, and when tasks of the stage that begins again are done.
    let moments = [(When::Before, 4), (When::After, 4), (When::After, 16)];
    for (number, (when, last)) in moments.into_iter().enumerate() {
        let mut nodes = Nodes::start(&corpus.server, Means::executors(2));
        let mut executor = nodes.take_executor(1);
        let mut written = 0;
        corpus.server.on_write(move |seen, at| {
            let is_hour = seen.kind == Kind::Put && seen.what.contains("merged/");
            if is_hour && at == when {
                written += 1;
                if written == last {
                    kill(&mut executor);
                }
            }
        });
        let out = format!("lost-{number}");
        let run = corpus.run("merge", &out, &["--cluster", &nodes.address]);
        corpus.server.on_write(|_, _| {});
        compare(&corpus, &out, &run.expect_status(0));
    }
}

fn kill(executor: &mut Child) {
    executor.kill().unwrap();
    executor.wait().unwrap();
}

#[test]
fn a_scheduler_that_dies_is_told_and_a_repeat_completes() {
    let corpus = Corpus::new(8000);
    let mut nodes = Nodes::start(&corpus.server, Means::executors(2));
    let (tell, heard) = mpsc::channel();
    let mut written = 0;
    corpus.server.on_write(move |seen, at| {
        if at == When::After && seen.what.contains("merged/") && seen.kind == Kind::Put {
            written += 1;
            if written == 3 {
                let _ = tell.send(());
            }
        }
    });
    let address = nodes.address.clone();
    let run = std::thread::scope(|scope| {
        let run = scope.spawn(|| corpus.run("merge", "lost", &["--cluster", &address]));
        heard.recv_timeout(Duration::from_secs(120)).unwrap();
        nodes.kill_scheduler();
        run.join().unwrap()
    });
    corpus.server.on_write(|_, _| {});
    let run = run.expect_status(1);
    assert!(run.stderr.contains("the scheduler at"), "{}", run.stderr);
    assert!(
        run.stderr
            .contains("hint: hour files that were written are whole"),
        "{}",
        run.stderr
    );
    drop(nodes);
    // What is visible is whole: of the bytes that one machine writes.
    corpus.run("merge", "alone", &[]).expect_status(0);
    let expected = corpus.written("alone");
    for (key, hash) in corpus.written("lost") {
        if key.starts_with("merged/") {
            assert_eq!(expected.get(&key), Some(&hash), "{key}");
        }
    }
    let nodes = Nodes::start(&corpus.server, Means::executors(2));
    corpus
        .run("merge", "lost", &["--cluster", &nodes.address])
        .expect_status(0);
    let mut after = corpus.written("lost");
    // A lost scheduler may leave the job's object, which gc takes away; it is the same one again.
    after.retain(|key, _| !key.starts_with("_groundline/jobs"));
    assert_eq!(after, expected);
}

#[test]
fn ctrl_c_cancels_the_job() {
    let corpus = Corpus::new(8000);
    let nodes = Nodes::start(&corpus.server, Means::executors(2));
    corpus.server.take_seen();
    let args = corpus.args("merge", "stopped", &["--cluster", &nodes.address]);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_groundline"));
    let child = command
        .args(&args)
        .envs(credentials())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut seen = Vec::new();
    let until = Instant::now() + Duration::from_secs(120);
    while count(&seen, Kind::Get, "in/captures") < 5 {
        assert!(Instant::now() < until, "it reads nothing");
        seen.extend(corpus.server.take_seen());
        std::thread::sleep(Duration::from_millis(1));
    }
    let killed = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    let ended = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(130), "{stderr}");
    let until = Instant::now() + Duration::from_secs(20);
    while nodes.ask("jobs").contains("\"job_status\":\"Running") {
        assert!(Instant::now() < until, "{}", nodes.ask("jobs"));
        std::thread::sleep(Duration::from_millis(100));
    }
    let run = corpus.run("merge", "stopped", &["--cluster", &nodes.address]);
    let run = run.expect_status(0);
    corpus.run("merge", "alone", &[]).expect_status(0);
    let mut written = corpus.written("stopped");
    written.retain(|key, _| !key.starts_with("_groundline/jobs"));
    assert_eq!(written, corpus.written("alone"), "{}", run.stderr);
}

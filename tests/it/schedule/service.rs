//! The foreground service, and runs that would overlap.

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{made, recorded};

const HOURLY: &str = "name = \"hourly\"\nexpression = \"@hourly\"\n";

#[test]
fn two_processes_never_run_schedules_of_one_model_at_once() {
    let scratch = made(2, 40, HOURLY);
    let folder = scratch.path("data/merged/_groundline/leases");
    std::fs::create_dir_all(&folder).unwrap();
    let held = File::create(folder.join("synth.lease")).unwrap();
    held.lock().unwrap();
    let once = [
        "schedule",
        "run-once",
        "hourly",
        "--config",
        "data/groundline.toml",
        "--at",
        "2026-11-01T02",
    ];
    let refused = scratch.run(&once).expect_status(1);
    assert!(
        refused.stderr.contains("another process"),
        "{}",
        refused.stderr
    );
    drop(held);
    scratch.run(&once).expect_status(0);
}

#[test]
fn a_service_makes_up_for_what_it_missed_and_ends_when_it_is_asked_to() {
    let scratch = made(3, 60, HOURLY);
    let mut service = Command::new(env!("CARGO_BIN_EXE_groundline"))
        .args([
            "schedule",
            "run",
            "--config",
            "data/groundline.toml",
            "--from",
            "2026-11-01T01",
        ])
        .args(["--catch-up", "latest", "--output", "ndjson"])
        .current_dir(scratch.path(""))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let runs = scratch.path("data/merged/runs");
    while !runs.exists() && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(50));
    }
    let pid = service.id().to_string();
    Command::new("kill").args(["-TERM", &pid]).status().unwrap();
    let ended = service.wait().unwrap();
    assert_eq!(ended.code(), Some(0));
    // Of the times up to now only the last, whose window holds nothing.
    let recorded = recorded(&scratch);
    assert_eq!(recorded.len(), 1);
    assert_ne!(recorded[0]["scheduled"], "2026-11-01T01");
}

#[test]
fn until_goes_with_from() {
    let scratch = made(1, 10, HOURLY);
    let args = [
        "schedule",
        "run",
        "--config",
        "data/groundline.toml",
        "--until",
        "2026-11-01T02",
    ];
    let run = scratch.run(&args).expect_status(2);
    assert!(run.stderr.contains("--from"), "{}", run.stderr);
}

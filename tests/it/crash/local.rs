//! On local folders.

use std::fs;

use groundline_store::Stores;

use super::corpus::{
    Allowed, Stage, Tree, backfill, copy_dated, corpus, large_hour, options, tree,
};
use super::watcher::{Watcher, local, look};
use super::{AMOUNT, Chance, backfill_args, dies_at, duration_of, kill_after, spawn};
use crate::harness::Scratch;

/// A corpus, a run of each stage that nobody disturbed, and what a reader may find while another of its kind runs.
struct Case {
    scratch: Scratch,
    stage: Stage,
    expected: Tree,
    /// The same after `gc`.
    tidied: Tree,
    allowed: Allowed,
}

impl Case {
    /// `run` does a stage in an output.
    fn new(scratch: Scratch, stage: Stage, run: impl Fn(&Scratch, Stage, &str)) -> Self {
        run(&scratch, Stage::Fresh, "base");
        let base = tree(&scratch, "base");
        let (expected, allowed) = match stage {
            Stage::Fresh => (base.clone(), Allowed::of(&[&base])),
            Stage::Late | Stage::Mended => {
                copy_dated(&scratch.path("base"), &scratch.path("whole"));
                run(&scratch, stage, "whole");
                let whole = tree(&scratch, "whole");
                let allowed = Allowed::of(&[&base, &whole]);
                (whole, allowed)
            }
        };
        let whole = match stage {
            Stage::Fresh => "base",
            Stage::Late | Stage::Mended => "whole",
        };
        copy_dated(&scratch.path(whole), &scratch.path("tidied"));
        gc(&scratch, "tidied");
        Self {
            tidied: scratch.hashes("tidied"),
            scratch,
            stage,
            expected,
            allowed,
        }
    }

    /// The output as it is before the stage.
    fn begin(&self) {
        let out = self.scratch.path("out");
        if out.exists() {
            fs::remove_dir_all(&out).unwrap();
        }
        if self.stage != Stage::Fresh {
            copy_dated(&self.scratch.path("base"), &out);
        }
    }

    /// After a run was killed: a reader sees whole hours, and the next run does the rest.
    fn resume(&self, what: &str, run: impl Fn(&Scratch, Stage, &str)) {
        look(&local(&self.scratch.path("out/merged")), &self.allowed);
        run(&self.scratch, self.stage, "out");
        assert_eq!(tree(&self.scratch, "out"), self.expected, "{what}");
    }

    /// `gc` takes what killed runs left behind, of anything else no more than of an undisturbed run.
    fn tidy(&self, what: &str) {
        gc(&self.scratch, "out");
        // Everything now: nothing that was staged is left.
        assert_eq!(self.scratch.hashes("out"), self.tidied, "{what}");
    }
}

fn gc(scratch: &Scratch, out: &str) {
    let args = ["gc", "--out", out, "--older-than", "PT0H", "--yes"];
    scratch.run(&args).expect_status(0);
}

/// In this process.
fn in_process(scratch: &Scratch, stage: Stage, out: &str) {
    let options = options(&scratch.path(""), stage, out, Stores::default());
    let report = backfill(&options).unwrap();
    assert!(
        report.hours().all(|hour| hour.done.is_done()),
        "{report:#?}"
    );
}

/// By the binary.
fn by_binary(scratch: &Scratch, stage: Stage, out: &str) {
    let args = backfill_args(stage, out);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    scratch.run(&args).expect_status(0);
}

/// Kills runs before or after each of their writes; gives how many there were.
fn every_write(scratch: Scratch, stage: Stage, when: &str) -> usize {
    let case = Case::new(scratch, stage, in_process);
    let mut writes = 0;
    loop {
        let what = format!("{stage:?} killed {when} write {}", writes + 1);
        case.begin();
        let watcher = Watcher::of_folder(case.scratch.path("out/merged"), &case.allowed);
        if !dies_at(&case.scratch, stage, "out", writes + 1, when) {
            watcher.stop();
            break;
        }
        writes += 1;
        case.resume(&what, in_process);
        watcher.stop();
        case.tidy(&what);
    }
    writes
}

fn every_write_of_hours(stage: Stage, when: &str) {
    let writes = every_write(corpus(AMOUNT), stage, when);
    // A snapshot and the ledger, and of each hour a receipt at least.
    assert!(writes >= AMOUNT.hours + 2, "{writes} writes");
}

#[test]
fn a_run_killed_before_any_of_its_writes_is_finished_by_the_next() {
    every_write_of_hours(Stage::Fresh, "before");
}

#[test]
fn a_run_killed_after_any_of_its_writes_is_finished_by_the_next() {
    every_write_of_hours(Stage::Fresh, "after");
}

#[test]
fn late_labels_killed_before_any_write_are_finished_by_the_next_run() {
    every_write_of_hours(Stage::Late, "before");
}

#[test]
fn late_labels_killed_after_any_write_are_finished_by_the_next_run() {
    every_write_of_hours(Stage::Late, "after");
}

#[test]
fn mended_captures_killed_at_any_write_are_finished_by_the_next_run() {
    for when in ["before", "after"] {
        let writes = every_write(corpus(AMOUNT), Stage::Mended, when);
        // A file, its receipt, the rejects that go, and the ledger.
        assert!(writes >= 4, "{writes} writes");
    }
}

#[test]
fn a_run_killed_within_an_upload_is_finished_by_the_next() {
    for when in ["before", "after"] {
        let writes = every_write(large_hour(), Stage::Fresh, when);
        // A snapshot, the upload with two parts, a receipt and the ledger.
        assert_eq!(writes, 7);
    }
}

/// Kills runs `times` times at instants within the time that a whole one takes.
fn any_instant(stage: Stage, seed: u64, times: usize) {
    let case = Case::new(corpus(AMOUNT), stage, by_binary);
    case.begin();
    let whole = duration_of(|| by_binary(&case.scratch, stage, "out"));
    let mut chance = Chance(seed);
    for number in 0..times {
        let delay = whole.mul_f64(chance.share());
        let what = format!("{stage:?} killed after {delay:?}, number {number} of seed {seed}");
        case.begin();
        let watcher = Watcher::of_folder(case.scratch.path("out/merged"), &case.allowed);
        let args = backfill_args(stage, "out");
        kill_after(spawn(&case.scratch.path(""), &args, &[]), delay);
        case.resume(&what, by_binary);
        watcher.stop();
        case.tidy(&what);
    }
}

#[test]
fn runs_killed_at_a_hundred_instants_are_finished_by_the_next() {
    any_instant(Stage::Fresh, 1, 100);
}

#[test]
fn late_labels_killed_at_a_hundred_instants_are_finished_by_the_next_run() {
    any_instant(Stage::Late, 2, 100);
}

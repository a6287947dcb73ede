//! Every operation of a backfill fails in turn, in each of several ways, on local folders.

use std::error::Error;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use groundline_engine::{BackfillReport, EngineError};
use groundline_store::Stores;

use super::layer::{Fate, Op, backwards_in_pages, fated};
use crate::crash::corpus::{
    Allowed, Amount, Stage, Tree, backfill, copy_dated, corpus, options, tree,
};
use crate::crash::watcher::{local, look};
use crate::harness::Scratch;

/// Three hours of one file, so that there are some fifty operations.
const AMOUNT: Amount = Amount {
    records: 24,
    hours: 3,
    files: 1,
    late: 0.0,
};

/// A corpus, a run of each stage that met no fault, and what may lie below `merged` meanwhile.
struct Case {
    scratch: Scratch,
    stage: Stage,
    expected: Tree,
    allowed: Allowed,
}

impl Case {
    fn new(stage: Stage) -> Self {
        let mut case = Self {
            scratch: corpus(AMOUNT),
            stage: Stage::Fresh,
            expected: Tree::new(),
            allowed: Allowed::default(),
        };
        case.run("base", Stores::default()).unwrap();
        let base = tree(&case.scratch, "base");
        case.stage = stage;
        case.begin();
        case.run("out", Stores::default()).unwrap();
        case.expected = tree(&case.scratch, "out");
        case.allowed = Allowed::of(&[&base, &case.expected]);
        case
    }

    /// The output as it is before the stage.
    fn begin(&self) {
        let out = self.scratch.path("out");
        if out.exists() {
            fs::remove_dir_all(&out).unwrap();
        }
        if self.stage == Stage::Late {
            copy_dated(&self.scratch.path("base"), &out);
        }
    }

    fn run(&self, out: &str, stores: Stores) -> Result<BackfillReport, EngineError> {
        backfill(&options(&self.scratch.path(""), self.stage, out, stores))
    }

    /// Lets the `number`th operation fail; which one it was, `None` if there are fewer.
    fn fail_at(&self, number: usize, fate: Fate) -> Option<String> {
        let met: Arc<Mutex<Option<(Op, String)>>> = Arc::default();
        let (seen, count) = (Arc::clone(&met), AtomicUsize::new(0));
        let layer = fated(move |op, path| {
            if count.fetch_add(1, Ordering::SeqCst) + 1 != number {
                return Fate::Done;
            }
            *seen.lock().unwrap() = Some((op, path.to_string()));
            fate
        });
        self.begin();
        let run = self.run("out", Stores::default().with_layer(layer));
        let what = met.lock().unwrap().clone();
        let what =
            what.map(|(op, path)| (format!("{fate:?} {op:?} {path}, number {number}"), path));
        look(&local(&self.scratch.path("out/merged")), &self.allowed);
        let (what, path) = match what {
            Some(met) => met,
            None => {
                run.unwrap();
                assert_eq!(tree(&self.scratch, "out"), self.expected);
                return None;
            }
        };
        let said = said_of(run);
        match said.is_empty() {
            // Nothing is left to be done.
            true => assert_eq!(tree(&self.scratch, "out"), self.expected, "{what}"),
            false => said.iter().for_each(|said| is_clear(said, &path, &what)),
        }
        Some(what)
    }
}

/// What a run says that went wrong: nothing if all is done.
fn said_of(run: Result<BackfillReport, EngineError>) -> Vec<String> {
    match run {
        Ok(report) => {
            let models = report
                .models
                .iter()
                .filter_map(|model| model.failure.clone());
            let failed = report.hours().filter(|hour| !hour.done.is_done());
            failed
                .map(|hour| hour.failure.clone().unwrap_or_default())
                .chain(models)
                .collect()
        }
        Err(error) => {
            let mut said = error.to_string();
            let mut next = error.source();
            while let Some(cause) = next {
                said += &format!(": {cause}");
                next = cause.source();
            }
            vec![said]
        }
    }
}

/// It names the object and the cause.
#[track_caller]
fn is_clear(said: &str, path: &str, what: &str) {
    let name = path.rsplit('/').next().unwrap();
    assert!(said.contains(name), "{what}: {said}");
    let causes = [
        "503 SlowDown",
        "no answer in time",
        "the connection was reset",
        "the body broke off",
        // Who reads knows the size, and no more than that it is another.
        "changed between listing and reading",
        "bytes came",
    ];
    assert!(
        causes.iter().any(|cause| said.contains(cause)),
        "{what}: {said}"
    );
    assert!(!said.contains("panicked"), "{what}: {said}");
}

/// Every operation in turn, until a run meets none that fails.
fn converges(stage: Stage, fate: Fate) {
    let case = Case::new(stage);
    for number in 1.. {
        let Some(what) = case.fail_at(number, fate) else {
            assert!(number > 20, "only {number} operations");
            break;
        };
        let report = case.run("out", Stores::default()).unwrap();
        assert!(report.hours().all(|hour| hour.done.is_done()), "{what}");
        assert_eq!(tree(&case.scratch, "out"), case.expected, "{what}");
    }
}

#[test]
fn operations_that_are_refused_are_told_and_made_good_by_the_next_run() {
    converges(Stage::Fresh, Fate::Busy);
    converges(Stage::Late, Fate::Busy);
}

#[test]
fn operations_that_nobody_answers_are_told_and_made_good_by_the_next_run() {
    converges(Stage::Fresh, Fate::TimedOut);
    converges(Stage::Late, Fate::TimedOut);
}

#[test]
fn operations_whose_answer_is_lost_are_told_and_made_good_by_the_next_run() {
    converges(Stage::Fresh, Fate::Lost);
    converges(Stage::Late, Fate::Lost);
}

#[test]
fn bodies_that_break_off_are_told_and_made_good_by_the_next_run() {
    converges(Stage::Fresh, Fate::Broken);
    converges(Stage::Late, Fate::Broken);
}

#[test]
fn bodies_that_end_too_early_are_told_and_made_good_by_the_next_run() {
    converges(Stage::Fresh, Fate::Short);
    converges(Stage::Late, Fate::Short);
}

#[test]
fn the_order_and_the_pages_of_listings_are_no_matter() {
    for stage in [Stage::Fresh, Stage::Late] {
        let case = Case::new(stage);
        case.begin();
        let stores = Stores::default().with_layer(backwards_in_pages());
        case.run("out", stores).unwrap();
        assert_eq!(tree(&case.scratch, "out"), case.expected);
    }
}

//! A reader that globs: it opens every file below `merged` in full, again and again, while others write.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use sha2::{Digest, Sha256};

use super::corpus::Allowed;

/// Everything below `merged`, whatever its name.
pub(crate) type Found = Vec<(String, Bytes)>;

/// What is wrong with what a reader found: each hour must be there at most once, old or new, and whole.
fn wrong(found: &Found, allowed: &Allowed, read: &mut BTreeSet<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, bytes) in found {
        // A name that no undisturbed run writes is a second version of an hour, or no hour at all.
        let Some(hashes) = allowed.0.get(name) else {
            wrong.push(format!("{name} is nothing of a run's"));
            continue;
        };
        let hash = format!("{:x}", Sha256::digest(bytes));
        if !hashes.contains(&hash) {
            wrong.push(format!("{name} has neither the old bytes nor the new"));
        }
        // The same bytes have the same rows.
        if read.insert(hash)
            && let Err(error) = rows(bytes)
        {
            wrong.push(format!("{name} cannot be read: {error}"));
        }
    }
    wrong
}

fn rows(bytes: &Bytes) -> Result<usize, Box<dyn std::error::Error>> {
    let mut rows = 0;
    for batch in ParquetRecordBatchReaderBuilder::try_new(bytes.clone())?.build()? {
        rows += batch?.num_rows();
    }
    Ok(rows)
}

/// What a reader of a local folder finds. What was listed must still be there when it is opened.
pub(crate) fn local(merged: &Path) -> Found {
    let found = crate::harness::files(merged).into_iter().map(|file| {
        let name = file.strip_prefix(merged).unwrap().to_str().unwrap();
        (name.to_owned(), Bytes::from(std::fs::read(&file).unwrap()))
    });
    found.collect()
}

/// Looks once.
#[track_caller]
pub(crate) fn look(found: &Found, allowed: &Allowed) {
    assert_eq!(wrong(found, allowed, &mut BTreeSet::new()), [""; 0]);
}

/// Looks until it is told to stop.
pub(crate) struct Watcher {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<String>>,
}

impl Watcher {
    pub(crate) fn start(
        mut find: impl FnMut() -> Found + Send + 'static,
        allowed: &Allowed,
    ) -> Self {
        let (stop, allowed) = (Arc::new(AtomicBool::new(false)), allowed.clone());
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let (mut all, mut read) = (Vec::new(), BTreeSet::new());
            loop {
                // Asked before the look, so that the last one sees the end.
                let is_last = stopped.load(Ordering::SeqCst);
                all.extend(wrong(&find(), &allowed, &mut read));
                if is_last {
                    return all;
                }
                // The two processors have something else to do as well.
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        Self { stop, thread }
    }

    /// A watcher of a local folder.
    pub(crate) fn of_folder(merged: PathBuf, allowed: &Allowed) -> Self {
        Self::start(move || local(&merged), allowed)
    }

    /// Fails if any look found anything wrong.
    #[track_caller]
    pub(crate) fn stop(self) {
        self.stop.store(true, Ordering::SeqCst);
        assert_eq!(self.thread.join().unwrap(), [""; 0]);
    }
}

//! Backfills that are killed: at every write and at any instant, on this machine and on S3. The next run does the rest,
//! to the bytes of a run that nobody disturbed, and a reader never sees anything but whole hours.

pub(crate) mod corpus;
mod local;
mod remote;
pub(crate) mod watcher;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use groundline_store::Stores;

use crate::faults::layer::{Fate, fated};
use crate::harness::Scratch;
use corpus::{Amount, Stage, backfill, options};

/// Where [`child`] is told what to do.
const ORDER: &str = "GROUNDLINE_TEST_CRASH";

/// Six hours of two files, labels of three days.
const AMOUNT: Amount = Amount {
    records: 240,
    hours: 6,
    files: 2,
    late: 0.05,
};

/// No claim of its own: the others start it as a process that backfills the folder it is in and dies at a write.
#[test]
fn child() {
    let Ok(order) = std::env::var(ORDER) else {
        return;
    };
    let [stage, out, number, when] = order.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let (stage, number) = (stage_of(stage), number.parse::<usize>().unwrap());
    let dies = match when {
        "before" => Fate::DiesBefore,
        _ => Fate::DiesAfter,
    };
    let writes = AtomicUsize::new(0);
    let layer = fated(move |op, _| match op.is_write() {
        true if writes.fetch_add(1, Ordering::SeqCst) + 1 == number => dies,
        _ => Fate::Done,
    });
    let folder = std::env::current_dir().unwrap();
    let stores = Stores::default().with_layer(layer);
    let report = backfill(&options(&folder, stage, out, stores)).unwrap();
    assert!(report.hours().all(|hour| hour.done.is_done()));
}

fn stage_of(text: &str) -> Stage {
    match text {
        "Fresh" => Stage::Fresh,
        "Mended" => Stage::Mended,
        _ => Stage::Late,
    }
}

/// Runs [`child`]; true if it died at its write, false if it had fewer.
fn dies_at(scratch: &Scratch, stage: Stage, out: &str, number: usize, when: &str) -> bool {
    use std::os::unix::process::ExitStatusExt;
    let ended = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::child", "--nocapture"])
        .current_dir(scratch.path(""))
        .env(ORDER, format!("{stage:?} {out} {number} {when}"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(
        ended.status.success() || ended.status.signal().is_some(),
        "{said}"
    );
    !ended.status.success()
}

/// The binary at work in a folder.
fn spawn(folder: &Path, args: &[String], environment: &[(&str, String)]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_groundline"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("GROUNDLINE_")) {
        command.env_remove(name);
    }
    command
        .args(args)
        .current_dir(folder)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Arguments of a backfill of everything.
fn backfill_args(stage: Stage, out: &str) -> Vec<String> {
    let (captures, labels) = (stage.captures(), stage.labels());
    let args = format!(
        "backfill --captures {captures} --labels {labels} --out {out} --all --as-of 2025-12-31T00:00:00Z \
         --probability-attribute 0 --max-rejects 100% --threads 2 --quiet"
    );
    args.split_whitespace().map(str::to_owned).collect()
}

/// Numbers that follow from a seed.
struct Chance(u64);

impl Chance {
    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((x ^ (x >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// How long something takes that nobody disturbs.
fn duration_of(work: impl FnOnce()) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}

/// Lets a process go on for a while and kills it.
fn kill_after(mut child: Child, delay: Duration) {
    std::thread::sleep(delay);
    // It may have ended.
    let _ = child.kill();
    child.wait().unwrap();
}

//! On S3: inputs lie on this machine, the output in the bucket.

use std::fs;
use std::process::Child;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::TryStreamExt;
use groundline_store::{ObjectStore, Path};
use object_store::ObjectStoreExt;
use object_store::aws::AmazonS3Builder;
use sha2::{Digest, Sha256};
use tokio::runtime::Builder;

use super::corpus::{Allowed, Stage, Tree, copy_dated, corpus, large_hour};
use super::watcher::{Found, Watcher, look};
use super::{AMOUNT, Chance, backfill_args, duration_of, kill_after, spawn};
use crate::harness::{Scratch, files};
use crate::s3::server::{BUCKET, KEY, S3Server, SECRET, When};

/// A corpus, a server, runs that nobody disturbed, and what a reader may find meanwhile.
struct Case {
    scratch: Scratch,
    server: S3Server,
    stage: Stage,
    expected: Tree,
    /// The same after `gc`.
    tidied: Tree,
    allowed: Allowed,
}

impl Case {
    fn new(scratch: Scratch, stage: Stage) -> Self {
        let server = S3Server::start();
        let mut case = Self {
            scratch,
            server,
            stage: Stage::Fresh,
            expected: Tree::new(),
            tidied: Tree::new(),
            allowed: Allowed::default(),
        };
        case.finish("base");
        let base = case.tree("base");
        copy_dated(&case.server.object("base"), &case.server.object("whole"));
        if stage == Stage::Late {
            case.stage = stage;
            case.finish("whole");
        }
        case.expected = case.tree("whole");
        case.allowed = Allowed::of(&[&base, &case.expected]);
        case.gc("whole");
        case.tidied = case.tree("whole");
        case
    }

    fn run(&self, args: &[&str]) {
        self.server.run(&self.scratch, args).expect_status(0);
    }

    /// An undisturbed run.
    fn finish(&self, out: &str) {
        let args = backfill_args(self.stage, &uri(out));
        self.run(&args.iter().map(String::as_str).collect::<Vec<_>>());
    }

    fn gc(&self, out: &str) {
        let out = uri(out);
        self.run(&["gc", "--out", &out, "--older-than", "PT0H", "--yes"]);
    }

    /// Every object, as sha256.
    fn tree(&self, out: &str) -> Tree {
        let base = self.server.object(out);
        let hashed = files(&base).into_iter().map(|file| {
            let name = file.strip_prefix(&base).unwrap().to_str().unwrap();
            let hash = Sha256::digest(fs::read(&file).unwrap());
            (name.to_owned(), format!("{hash:x}"))
        });
        hashed.collect()
    }

    /// The output as it is before the stage.
    fn begin(&self) {
        let out = self.server.object("out");
        if out.exists() {
            fs::remove_dir_all(&out).unwrap();
        }
        if self.stage == Stage::Late {
            copy_dated(&self.server.object("base"), &out);
        }
    }

    fn start(&self) -> Child {
        let environment = [
            ("AWS_ENDPOINT_URL", self.server.endpoint()),
            ("AWS_ACCESS_KEY_ID", KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
            // Of this machine no profile, no instance and no proxy.
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_CONFIG_FILE", "/dev/null".to_owned()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
            ("NO_PROXY", "127.0.0.1".to_owned()),
        ];
        let args = backfill_args(self.stage, &uri("out"));
        spawn(&self.scratch.path(""), &args, &environment)
    }

    /// Starts a run that is killed when its `number`th write is done and not answered; false if it has fewer.
    fn dies_at(&self, number: usize) -> bool {
        let child: Arc<Mutex<Option<Child>>> = Arc::default();
        let victim = Arc::clone(&child);
        let (mut writes, died) = (0, Arc::new(Mutex::new(false)));
        let dies = Arc::clone(&died);
        self.server.on_write(move |_, when| {
            writes += usize::from(when == When::After);
            if when == When::After && writes == number {
                // Nobody unlocks it before it is there.
                let mut victim = lock(&victim);
                let child = victim.as_mut().unwrap();
                child.kill().unwrap();
                child.wait().unwrap();
                *lock(&dies) = true;
            }
        });
        let mut started = lock(&child);
        *started = Some(self.start());
        drop(started);
        let ended = loop {
            // Not `wait`: the hook must come to the process.
            if let Some(ended) = lock(&child).as_mut().unwrap().try_wait().unwrap() {
                break ended;
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        self.server.on_write(|_, _| {});
        let died = *lock(&died);
        assert!(died || ended.success());
        died
    }

    /// After a run was killed: a reader sees whole hours, and the next run does the rest.
    fn resume(&self, what: &str) {
        look(&self.reader()(), &self.allowed);
        self.finish("out");
        assert_eq!(self.tree("out"), self.expected, "{what}");
    }

    /// `gc` takes what killed runs left behind, of anything else no more than of an undisturbed run.
    fn tidy(&self, what: &str) {
        self.gc("out");
        assert_eq!(self.tree("out"), self.tidied, "{what}");
        assert_eq!(self.server.unfinished(), [], "{what}");
    }

    /// Lists and gets everything below `merged`.
    fn reader(&self) -> impl FnMut() -> Found + Send + 'static {
        let store = AmazonS3Builder::new()
            .with_endpoint(self.server.endpoint())
            .with_allow_http(true)
            .with_bucket_name(BUCKET)
            .with_region("us-east-1")
            .with_access_key_id(KEY)
            .with_secret_access_key(SECRET)
            .build()
            .unwrap();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        move || {
            runtime.block_on(async {
                let merged = Path::from("out/merged");
                let listed: Vec<_> = store.list(Some(&merged)).try_collect().await.unwrap();
                let mut found = Found::new();
                for object in listed {
                    let got = store.get(&object.location).await.unwrap();
                    let name = object.location.as_ref().strip_prefix("out/merged/");
                    found.push((name.unwrap().to_owned(), got.bytes().await.unwrap()));
                }
                found
            })
        }
    }

    fn watch(&self) -> Watcher {
        Watcher::start(self.reader(), &self.allowed)
    }
}

fn uri(out: &str) -> String {
    format!("s3://{BUCKET}/{out}")
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Kills runs after each of their writes; gives how many there were.
fn every_write(case: &Case) -> usize {
    let mut writes = 0;
    loop {
        case.begin();
        let watcher = case.watch();
        if !case.dies_at(writes + 1) {
            watcher.stop();
            return writes;
        }
        writes += 1;
        let what = format!("{:?} killed after write {writes}", case.stage);
        case.resume(&what);
        watcher.stop();
        case.tidy(&what);
    }
}

#[test]
fn a_run_killed_at_any_of_its_writes_is_finished_by_the_next() {
    let writes = every_write(&Case::new(corpus(AMOUNT), Stage::Fresh));
    // Files and receipts, a snapshot and the ledger.
    assert!(writes >= 2 * AMOUNT.hours + 2, "{writes} writes");
}

#[test]
fn late_labels_killed_at_any_write_are_finished_by_the_next_run() {
    let writes = every_write(&Case::new(corpus(AMOUNT), Stage::Late));
    assert!(writes >= AMOUNT.hours + 2, "{writes} writes");
}

#[test]
fn a_run_killed_within_an_upload_is_finished_by_the_next() {
    let writes = every_write(&Case::new(large_hour(), Stage::Fresh));
    // A snapshot, the upload with two parts, a receipt and the ledger.
    assert_eq!(writes, 7);
}

/// Kills runs `times` times at instants within the time that a whole one takes.
fn any_instant(stage: Stage, seed: u64, times: usize) {
    let case = Case::new(corpus(AMOUNT), stage);
    case.begin();
    let whole = duration_of(|| case.finish("out"));
    let mut chance = Chance(seed);
    for number in 0..times {
        let delay = whole.mul_f64(chance.share());
        case.begin();
        let watcher = case.watch();
        kill_after(case.start(), delay);
        case.resume(&format!(
            "{stage:?} killed after {delay:?}, number {number} of seed {seed}"
        ));
        watcher.stop();
    }
}

#[test]
fn runs_killed_at_fifty_instants_are_finished_by_the_next() {
    any_instant(Stage::Fresh, 3, 50);
}

#[test]
fn late_labels_killed_at_fifty_instants_are_finished_by_the_next_run() {
    any_instant(Stage::Late, 4, 50);
}

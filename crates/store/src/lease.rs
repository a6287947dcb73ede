//! One runner at a time: a name below an output that one process holds.
//!
//! No lock of the data: two backfills converge whatever they do (design.md "The output"). It is for runs that must see the
//! hour files of their own time.
//!
//! On a disk it is a lock of the operating system, which goes with its process, however that ends. In a store it is an
//! object that only one can create, renewed while it is held; one that nobody has renewed for ten minutes is free.

use std::fs::{File, TryLockError};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use object_store::path::Path;
use object_store::{Error, ObjectStoreExt, PutMode, PutOptions, UpdateVersion};
use tokio::sync::Mutex;

use crate::confined::file_path;
use crate::error::StoreError;
use crate::partition::encoded_name;
use crate::root::Root;

/// After so long without renewal its holder is taken for dead.
const STALE: Duration = Duration::from_secs(600);
const RENEWAL: Duration = Duration::from_secs(120);

/// A name that is held until it is released or its process ends.
#[derive(Debug)]
pub struct Lease(Held);

#[derive(Debug)]
enum Held {
    /// Its lock goes when it is closed.
    File { _file: File },
    Object {
        root: Root,
        path: Path,
        /// What the object was when it was last written by this process.
        ours: Arc<Mutex<UpdateVersion>>,
        renewal: tokio::task::JoinHandle<()>,
    },
    /// The store cannot create an object only if there is none.
    Unguarded,
}

impl Lease {
    /// Takes a name, such as a schedule's; `None` if another process holds it. Needs a tokio runtime.
    pub async fn take(root: &Root, name: &str) -> Result<Option<Self>, StoreError> {
        let path = root.child(&format!("_groundline/leases/{}.lease", encoded_name(name)))?;
        match root.is_local() {
            true => lock(root, &path),
            false => create(root, path).await,
        }
    }

    /// Gives it back, if it is still this process's.
    pub async fn release(self) {
        if let Held::Object {
            root,
            path,
            ours,
            renewal,
        } = &self.0
        {
            renewal.abort();
            let held = ours.lock().await;
            let there = root.store().head(path).await;
            if there.is_ok_and(|there| there.e_tag == held.e_tag) {
                // One that stays is free after ten minutes.
                let _ = root.store().delete(path).await;
            }
        }
    }
}

fn lock(root: &Root, path: &Path) -> Result<Option<Lease>, StoreError> {
    let failed = |source: std::io::Error| StoreError::Lease {
        file: root.display_of(path),
        source: source.into(),
    };
    let file = file_path(path);
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut options = File::options();
    let file = options
        .create(true)
        .append(true)
        .open(&file)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lease(Held::File { _file: file }))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

async fn create(root: &Root, path: Path) -> Result<Option<Lease>, StoreError> {
    let failed = |source: Error| StoreError::Lease {
        file: root.display_of(&path),
        source: source.into(),
    };
    let body = Bytes::from(holder());
    let put = |mode: PutMode| put(root, &path, &body, mode);
    let held = match put(PutMode::Create).await {
        Ok(held) => held,
        Err(Error::NotImplemented { .. } | Error::NotSupported { .. }) => {
            return Ok(Some(Lease(Held::Unguarded)));
        }
        Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => {
            let found = match root.store().head(&path).await {
                Ok(found) => found,
                // Released just now: whoever asks next has it.
                Err(Error::NotFound { .. }) => return Ok(None),
                Err(source) => return Err(failed(source)),
            };
            if !is_stale(found.last_modified.timestamp_micros()) {
                return Ok(None);
            }
            // Of several that find it stale one replaces what all have seen.
            let seen = UpdateVersion {
                e_tag: found.e_tag,
                version: found.version,
            };
            match put(PutMode::Update(seen)).await {
                Ok(held) => held,
                Err(Error::Precondition { .. } | Error::NotFound { .. }) => return Ok(None),
                Err(source) => return Err(failed(source)),
            }
        }
        Err(source) => return Err(failed(source)),
    };
    let ours = Arc::new(Mutex::new(held));
    let renewal = tokio::spawn(renew(root.clone(), path.clone(), Arc::clone(&ours)));
    Ok(Some(Lease(Held::Object {
        root: root.clone(),
        path,
        ours,
        renewal,
    })))
}

/// What distinguishes this holder's object from another's: equal bodies would have equal ETags.
fn holder() -> String {
    static TAKEN: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = since.map_or(0, |since| since.as_nanos());
    let number = TAKEN.fetch_add(1, Ordering::Relaxed);
    format!("{} {nanos} {number}\n", std::process::id())
}

async fn put(
    root: &Root,
    path: &Path,
    body: &Bytes,
    mode: PutMode,
) -> object_store::Result<UpdateVersion> {
    let options = PutOptions::from(mode);
    let put = root.store().put_opts(path, body.clone().into(), options);
    put.await.map(UpdateVersion::from)
}

/// Writes the object anew as long as it is ours.
async fn renew(root: Root, path: Path, ours: Arc<Mutex<UpdateVersion>>) {
    loop {
        tokio::time::sleep(RENEWAL).await;
        let mut held = ours.lock().await;
        let body = Bytes::from(holder());
        match put(&root, &path, &body, PutMode::Update(held.clone())).await {
            Ok(next) => *held = next,
            // Somebody took it for dead; it is theirs.
            Err(Error::Precondition { .. } | Error::NotFound { .. }) => return,
            // Tried again before it is stale.
            Err(_) => {}
        }
    }
}

fn is_stale(mtime_micros: i64) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |now| now.as_micros());
    let age = i128::try_from(now).unwrap_or(i128::MAX) - i128::from(mtime_micros);
    age > i128::try_from(STALE.as_micros()).unwrap_or(i128::MAX)
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Held::Object { renewal, .. } = &self.0 {
            renewal.abort();
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    async fn one_holds_it(root: &Root) {
        let held = Lease::take(root, "hourly").await.unwrap().unwrap();
        assert!(Lease::take(root, "hourly").await.unwrap().is_none());
        let other = Lease::take(root, "daily").await.unwrap();
        assert!(other.is_some());
        held.release().await;
        assert!(Lease::take(root, "hourly").await.unwrap().is_some());
    }

    #[tokio::test]
    async fn one_process_holds_a_name_on_a_disk() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open(&folder.path().display().to_string()).unwrap();
        one_holds_it(&root).await;
    }

    #[tokio::test]
    async fn one_process_holds_a_name_in_a_store() {
        let store = Arc::new(object_store::memory::InMemory::new());
        let root = Root::with_store(store, Path::default(), "memory");
        one_holds_it(&root).await;
    }

    #[tokio::test]
    async fn a_lease_that_another_took_over_is_neither_renewed_nor_released() {
        let store = Arc::new(object_store::memory::InMemory::new());
        let root = Root::with_store(store, Path::default(), "memory");
        let held = Lease::take(&root, "hourly").await.unwrap().unwrap();
        let path = root.child("_groundline/leases/hourly.lease").unwrap();
        let theirs = Bytes::from_static(b"another");
        put(&root, &path, &theirs, PutMode::Overwrite)
            .await
            .unwrap();
        held.release().await;
        let there = root.store().get(&path).await.unwrap();
        assert_eq!(there.bytes().await.unwrap(), theirs);
    }

    #[test]
    fn what_nobody_has_renewed_is_stale() {
        assert!(is_stale(0));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        assert!(!is_stale(i64::try_from(now.as_micros()).unwrap()));
    }
}

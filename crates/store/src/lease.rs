//! One runner at a time: a name below an output that one process holds.
//!
//! A convenience and no lock of the data: two runners converge whatever they do (design.md "The output"). It saves them
//! the work of both doing everything.
//!
//! On a disk it is a lock of the operating system, which goes with its process, however that ends. In a store it is an
//! object that only one can create, renewed while it is held; one that nobody has renewed for ten minutes is free.

use std::fs::{File, TryLockError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use object_store::{Error, ObjectStoreExt, PutMode, PutOptions, PutPayload, UpdateVersion};

use crate::confined::file_path;
use crate::error::StoreError;
use crate::object::head;
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
        path: object_store::path::Path,
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

    /// Gives it back.
    pub async fn release(self) {
        if let Held::Object {
            root,
            path,
            renewal,
        } = &self.0
        {
            renewal.abort();
            // One that stays is free after ten minutes.
            let _ = root.store().delete(path).await;
        }
    }
}

fn lock(root: &Root, path: &object_store::path::Path) -> Result<Option<Lease>, StoreError> {
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

async fn create(root: &Root, path: object_store::path::Path) -> Result<Option<Lease>, StoreError> {
    let failed = |source: Error| StoreError::Lease {
        file: root.display_of(&path),
        source: source.into(),
    };
    let put = |mode: PutMode| {
        let options = PutOptions::from(mode);
        root.store().put_opts(&path, PutPayload::new(), options)
    };
    match put(PutMode::Create).await {
        Ok(_) => {}
        Err(Error::NotImplemented { .. } | Error::NotSupported { .. }) => {
            return Ok(Some(Lease(Held::Unguarded)));
        }
        Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => {
            let Some(found) = head(root, &path).await? else {
                // Released just now: whoever asks next has it.
                return Ok(None);
            };
            if !is_stale(found.mtime_micros) {
                return Ok(None);
            }
            // Of several that find it stale one replaces what all have seen.
            let version = UpdateVersion {
                e_tag: found.etag,
                version: None,
            };
            match put(PutMode::Update(version)).await {
                Ok(_) => {}
                Err(Error::Precondition { .. } | Error::NotFound { .. }) => return Ok(None),
                Err(source) => return Err(failed(source)),
            }
        }
        Err(source) => return Err(failed(source)),
    }
    let (store, at) = (root.store().clone(), path.clone());
    let renewal = tokio::spawn(async move {
        loop {
            tokio::time::sleep(RENEWAL).await;
            // A renewal that fails is tried again before the lease is stale.
            let _ = store.put(&at, PutPayload::new()).await;
        }
    });
    Ok(Some(Lease(Held::Object {
        root: root.clone(),
        path,
        renewal,
    })))
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
        let store = std::sync::Arc::new(object_store::memory::InMemory::new());
        let root = Root::with_store(store, object_store::path::Path::default(), "memory");
        one_holds_it(&root).await;
    }

    #[test]
    fn what_nobody_has_renewed_is_stale() {
        assert!(is_stale(0));
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        assert!(!is_stale(i64::try_from(now.as_micros()).unwrap()));
    }
}

//! What an output holds of the hours of a plan: hour files, listed by day or as a whole, and their receipts.

use std::collections::{BTreeSet, HashMap};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectStoreExt;
use object_store::path::Path;
use sha2::{Digest, Sha256};

use crate::commit::{hex, is_whole, read_error, whole};
use crate::error::StoreError;
use crate::hour_state::{FileCheck, Found};
use crate::listing::list_flat;
use crate::object::Object;
use crate::partition::Partition;
use crate::receipt::Receipt;
use crate::root::Root;

/// Days up to which hour files are listed day by day: then a long history beside a short window costs nothing.
const MOST_DAYS: usize = 62;
/// Requests under way at once.
const CONCURRENT: usize = 32;

/// What an output holds of one hour.
#[derive(Clone, Debug, Default)]
pub struct StoredHour {
    /// The hour file.
    pub file: Option<Object>,
    pub found: Found,
}

/// What the output holds of some hours, in their order. With `verify` every hour file is read and compared with the
/// sha256 of its receipt; else only those that are younger than their receipt.
pub async fn stored_hours(
    root: &Root,
    partitions: &[Partition],
    verify: bool,
) -> Result<Vec<StoredHour>, StoreError> {
    let files = &hour_files(root, partitions).await?;
    futures::stream::iter(partitions)
        .map(|partition| async move {
            let path = root.child(&partition.hour_file())?;
            let file = files.get(&path).cloned();
            let found = found(root, partition, file.as_ref(), verify).await?;
            Ok(StoredHour { file, found })
        })
        .buffered(CONCURRENT)
        .try_collect()
        .await
}

/// The hour files that lie where those of the partitions would.
async fn hour_files(
    root: &Root,
    partitions: &[Partition],
) -> Result<HashMap<Path, Object>, StoreError> {
    let mut days: BTreeSet<String> = BTreeSet::new();
    let mut places: BTreeSet<String> = BTreeSet::new();
    for partition in partitions {
        let folder = partition.folder();
        let levels: Vec<&str> = folder.split('/').collect();
        days.insert(levels.get(..4).unwrap_or_default().join("/"));
        places.insert(levels.get(..3).unwrap_or_default().join("/"));
    }
    let prefixes = match days.len() > MOST_DAYS * places.len() {
        true => places,
        false => days,
    };
    let listings: Vec<Vec<Object>> = futures::stream::iter(prefixes)
        .map(|prefix| async move {
            let folder = root.child(&format!("merged/{prefix}"))?;
            list_flat(root, &folder).await.map(|(objects, _)| objects)
        })
        .buffered(CONCURRENT)
        .try_collect()
        .await?;
    let objects = listings.into_iter().flatten();
    Ok(objects
        .map(|object| (object.path.clone(), object))
        .collect())
}

async fn found(
    root: &Root,
    partition: &Partition,
    file: Option<&Object>,
    verify: bool,
) -> Result<Found, StoreError> {
    let key = partition.receipt();
    let read = read_dated(root, &root.child(&key)?).await?;
    let Some((json, written)) = read else {
        return Ok(match file {
            Some(_) => Found::OnlyFile,
            None => Found::Nothing,
        });
    };
    let Some(file) = file else {
        return Ok(Found::OnlyReceipt);
    };
    let receipt = match Receipt::from_json(root, &key, &json) {
        Ok(receipt) if receipt.partition() == *partition => Box::new(receipt),
        Ok(_) => return Ok(Found::Unreadable(format!("`{key}` is of another hour"))),
        Err(error) => return Ok(Found::Unreadable(error.to_string())),
    };
    let check = match () {
        () if file.size != receipt.size => FileCheck::OtherSize(file.size),
        // Written before its receipt, so they belong together.
        () if !verify && file.mtime_micros <= written => FileCheck::Same,
        () if sha256_of(root, &file.path).await? == receipt.sha256 => FileCheck::Same,
        () => FileCheck::OtherContent,
    };
    Ok(Found::Both {
        receipt,
        file: check,
    })
}

/// The sha256 of an object, lower-case hex, read as a stream.
pub async fn sha256_of(root: &Root, path: &Path) -> Result<String, StoreError> {
    let failed = |source| read_error(root, path, source);
    let got = root.store().get(path).await.map_err(failed)?;
    let size = got.meta.size;
    let mut stream = got.into_stream();
    let (mut hasher, mut came) = (Sha256::new(), 0);
    while let Some(bytes) = stream.try_next().await.map_err(failed)? {
        came += bytes.len() as u64;
        hasher.update(&bytes);
    }
    is_whole(root, path, came, size)?;
    Ok(hex(&hasher.finalize()))
}

/// A whole object and the microseconds since the epoch when it was written, if there is one.
async fn read_dated(root: &Root, path: &Path) -> Result<Option<(Bytes, i64)>, StoreError> {
    let failed = |source| read_error(root, path, source);
    let got = match root.store().get(path).await {
        Ok(got) => got,
        Err(object_store::Error::NotFound { .. }) => return Ok(None),
        Err(source) => return Err(failed(source)),
    };
    let written = got.meta.last_modified.timestamp_micros();
    Ok(Some((whole(root, path, got).await?, written)))
}

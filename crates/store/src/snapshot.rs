//! The listing of label files that a run saw, stored once and named by its content.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::commit::{hex, put_if_changed, read};
use crate::error::StoreError;
use crate::hour::Hour;
use crate::listing::HourListing;
use crate::receipt::{InputIdentity, from_json, pretty};
use crate::root::Root;

/// The folder of all snapshots.
pub(crate) const SNAPSHOTS: &str = "_groundline/snapshots";
const SNAPSHOT_VERSION: u32 = 1;
/// Hex digits of the sha256 that make a name: 128 bits.
const ID_LENGTH: usize = 32;

/// One label file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SnapshotObject {
    /// The hour that the labels were collected in.
    pub hour: Hour,
    #[serde(flatten)]
    pub identity: InputIdentity,
}

/// Label files, sorted by (hour, key).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelSnapshot {
    version: u32,
    objects: Vec<SnapshotObject>,
}

impl LabelSnapshot {
    pub fn new(mut objects: Vec<SnapshotObject>) -> Self {
        objects.sort();
        objects.dedup();
        Self {
            version: SNAPSHOT_VERSION,
            objects,
        }
    }

    pub fn of_listing(listing: &HourListing) -> Self {
        let objects = listing.hours.iter().flat_map(|(hour, objects)| {
            objects.iter().map(|object| SnapshotObject {
                hour: *hour,
                identity: object.into(),
            })
        });
        Self::new(objects.collect())
    }

    pub fn objects(&self) -> &[SnapshotObject] {
        &self.objects
    }

    /// A function of the content alone.
    pub fn id(&self) -> Result<String, StoreError> {
        Ok(id_of(self.to_json()?.as_bytes()))
    }

    /// Writes `_groundline/snapshots/<id>.json` unless it is there; the id.
    pub async fn save(&self, root: &Root) -> Result<String, StoreError> {
        let json = self.to_json()?;
        let id = id_of(json.as_bytes());
        put_if_changed(root, &key_of(&id), Bytes::from(json)).await?;
        Ok(id)
    }

    /// Reads a snapshot and checks that its content is what its name says.
    pub async fn load(root: &Root, id: &str) -> Result<Self, StoreError> {
        let key = key_of(id);
        let json = read(root, &root.child(&key)?).await?;
        let snapshot: Self = from_json(root, &key, &json, SNAPSHOT_VERSION)?;
        if id_of(&json) != id {
            return Err(StoreError::SnapshotContent {
                root: root.display().to_owned(),
                key,
            });
        }
        Ok(snapshot)
    }

    fn to_json(&self) -> Result<String, StoreError> {
        pretty("a label snapshot", self)
    }
}

fn id_of(json: &[u8]) -> String {
    let mut id = hex(&Sha256::digest(json));
    id.truncate(ID_LENGTH);
    id
}

fn key_of(id: &str) -> String {
    format!("{SNAPSHOTS}/{id}.json")
}

/// The id of the snapshot that has this key.
pub(crate) fn id_of_key(key: &str) -> Option<&str> {
    let name = key.strip_prefix(SNAPSHOTS)?.strip_prefix('/')?;
    let id = name.strip_suffix(".json")?;
    (id.len() == ID_LENGTH && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(id)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use std::sync::Arc;

    use object_store::memory::InMemory;
    use object_store::path::Path;

    use super::*;

    fn object(hour: &str, key: &str) -> SnapshotObject {
        SnapshotObject {
            hour: Hour::parse(hour).unwrap(),
            identity: InputIdentity {
                key: key.into(),
                size: 1,
                etag: Some("e".into()),
                mtime: None,
            },
        }
    }

    #[tokio::test]
    async fn a_snapshot_is_named_by_its_content_and_read_back() {
        let root = Root::with_store(Arc::new(InMemory::new()), Path::default(), "out");
        let (a, b) = (object("2026-11-01T00", "z"), object("2026-11-01T01", "a"));
        let one = LabelSnapshot::new(vec![b.clone(), a.clone()]);
        let two = LabelSnapshot::new(vec![a.clone(), b, a.clone()]);
        assert_eq!(one.id().unwrap(), two.id().unwrap());
        assert_ne!(one.id().unwrap(), LabelSnapshot::new(vec![a]).id().unwrap());
        let id = one.save(&root).await.unwrap();
        assert_eq!(id.len(), ID_LENGTH);
        assert_eq!(LabelSnapshot::load(&root, &id).await.unwrap(), one);
    }

    #[tokio::test]
    async fn a_snapshot_that_was_edited_is_refused() {
        let root = Root::with_store(Arc::new(InMemory::new()), Path::default(), "out");
        let id = LabelSnapshot::new(Vec::new()).save(&root).await.unwrap();
        let edited = Bytes::from_static(b"{\"version\":1,\"objects\":[] }");
        put_if_changed(&root, &key_of(&id), edited).await.unwrap();
        let error = LabelSnapshot::load(&root, &id).await.unwrap_err();
        assert!(
            matches!(error, StoreError::SnapshotContent { .. }),
            "{error}"
        );
    }
}

//! What an hour file was made from (design.md "The output").

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::commit::read_if_present;
use crate::error::StoreError;
use crate::hour::Hour;
use crate::object::Object;
use crate::partition::Partition;
use crate::root::Root;

/// The version of the receipt's shape.
pub const RECEIPT_VERSION: u32 = 1;

/// Which content an input object had.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InputIdentity {
    /// Below its declared root.
    pub key: String,
    /// Bytes.
    pub size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Microseconds since the epoch; only where there is no etag, which says more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtime: Option<i64>,
}

impl From<&Object> for InputIdentity {
    fn from(object: &Object) -> Self {
        Self {
            key: object.key.clone(),
            size: object.size,
            etag: object.etag.clone(),
            mtime: object.etag.is_none().then_some(object.mtime_micros),
        }
    }
}

/// The labels that the hour could see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelSnapshotRef {
    /// [`LabelSnapshot::id`](crate::LabelSnapshot::id) of the run's listing.
    pub snapshot: String,
    /// The first label hour of the hour's label window.
    pub from: Hour,
    /// The end of it, exclusive; `None` without a horizon.
    pub to: Option<Hour>,
}

/// The receipt of one hour file. Two receipts of the same work are the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// [`RECEIPT_VERSION`].
    pub version: u32,
    pub model: String,
    pub endpoint: String,
    pub variant: String,
    pub hour: Hour,
    /// Sorted by key.
    pub inputs: Vec<InputIdentity>,
    pub labels: LabelSnapshotRef,
    /// The settings that can change the bytes, in clear text.
    pub settings: Value,
    /// Counts by ledger bucket.
    pub ledger: BTreeMap<String, u64>,
    /// Rows of the hour file.
    pub rows: u64,
    /// Bytes of the hour file.
    pub size: u64,
    /// Of the hour file, lower-case hex.
    pub sha256: String,
}

impl Receipt {
    /// Indented JSON with a fixed key order and a final newline; inputs are sorted, settings too.
    pub fn to_json(&self) -> Result<String, StoreError> {
        let mut receipt = self.clone();
        receipt.inputs.sort();
        receipt.settings.sort_all_objects();
        pretty("a receipt", &receipt)
    }

    /// Reads a receipt; `root` and `key` are for the message.
    pub fn from_json(root: &Root, key: &str, json: &[u8]) -> Result<Self, StoreError> {
        from_json(root, key, json, RECEIPT_VERSION)
    }

    pub fn partition(&self) -> Partition {
        Partition {
            model: self.model.clone(),
            endpoint: self.endpoint.clone(),
            variant: self.variant.clone(),
            hour: self.hour,
        }
    }

    /// Whether the file was made with these settings. Compared as the text that is stored: a number may
    /// lose its last bit on the way through JSON, and the order of keys means nothing.
    pub fn has_settings(&self, current: &Value) -> bool {
        let stored = |settings: &Value| {
            let mut settings = settings.clone();
            settings.sort_all_objects();
            let text = settings.to_string();
            // Through the parser once, as the receipt's own were; then both have lost the same bits.
            serde_json::from_str::<Value>(&text).map_or(text, |value| value.to_string())
        };
        stored(&self.settings) == stored(current)
    }
}

/// The receipt of a partition, if it has one.
pub async fn read_receipt(
    root: &Root,
    partition: &Partition,
) -> Result<Option<Receipt>, StoreError> {
    let key = partition.receipt();
    let path = root.child(&key)?;
    match read_if_present(root, &path).await? {
        Some(json) => Receipt::from_json(root, &key, &json).map(Some),
        None => Ok(None),
    }
}

pub(crate) fn pretty(what: &'static str, value: &impl Serialize) -> Result<String, StoreError> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|source| StoreError::ToJson { what, source })?;
    text.push('\n');
    Ok(text)
}

/// Looks at the version first: a later shape should be named as such, not as a missing field.
pub(crate) fn from_json<T: for<'de> Deserialize<'de>>(
    root: &Root,
    key: &str,
    json: &[u8],
    known: u32,
) -> Result<T, StoreError> {
    #[derive(Deserialize)]
    struct Version {
        version: u64,
    }
    let bad = |source| StoreError::BadJson {
        root: root.display().to_owned(),
        key: key.to_owned(),
        source,
    };
    let found = serde_json::from_slice::<Version>(json)
        .map_err(bad)?
        .version;
    if found != u64::from(known) {
        return Err(StoreError::JsonVersion {
            root: root.display().to_owned(),
            key: key.to_owned(),
            found,
            known,
        });
    }
    serde_json::from_slice(json).map_err(bad)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use std::sync::Arc;

    use object_store::memory::InMemory;
    use object_store::path::Path;
    use serde_json::json;

    use super::*;

    fn root() -> Root {
        Root::with_store(Arc::new(InMemory::new()), Path::default(), "out")
    }

    fn receipt(settings: Value) -> Receipt {
        let hour = Hour::parse("2026-11-01T05").unwrap();
        let input = |key: &str| InputIdentity {
            key: key.into(),
            size: 3,
            etag: None,
            mtime: Some(7),
        };
        Receipt {
            version: RECEIPT_VERSION,
            model: "churn".into(),
            endpoint: "ep".into(),
            variant: "v".into(),
            hour,
            inputs: vec![input("b"), input("a")],
            labels: LabelSnapshotRef {
                snapshot: "00ff".into(),
                from: hour.plus(-24),
                to: None,
            },
            settings,
            ledger: [("unlabelled".to_owned(), 1), ("labelled".to_owned(), 2)].into(),
            rows: 3,
            size: 1000,
            sha256: "ab".into(),
        }
    }

    #[test]
    fn the_same_work_is_the_same_text_whatever_the_order() {
        let one = receipt(json!({"b": {"y": 1, "x": 0.1}, "a": null}));
        let mut two = receipt(json!({"a": null, "b": {"x": 0.1, "y": 1}}));
        two.inputs.reverse();
        let text = one.to_json().unwrap();
        assert_eq!(text, two.to_json().unwrap());
        assert!(text.ends_with("}\n") && text.contains("\"hour\": \"2026-11-01T05\""));
        let read = Receipt::from_json(&root(), "r.json", text.as_bytes()).unwrap();
        assert_eq!(read.to_json().unwrap(), text);
        assert_eq!(read.partition(), one.partition());
    }

    #[test]
    fn settings_survive_the_round_trip_and_a_change_is_seen() {
        let settings = json!({"threshold": 0.1 + 0.2, "z": [1, 2.5e-300], "a": "x"});
        let text = receipt(settings.clone()).to_json().unwrap();
        let read = Receipt::from_json(&root(), "r.json", text.as_bytes()).unwrap();
        assert!(read.has_settings(&settings));
        assert!(!read.has_settings(&json!({"threshold": 0.3, "z": [1, 2.5e-300], "a": "x"})));
        assert!(!read.has_settings(&json!({})));
    }

    #[test]
    fn a_receipt_that_cannot_be_read_names_its_key() {
        let said = |json: &str| {
            let error = Receipt::from_json(&root(), "r.json", json.as_bytes()).unwrap_err();
            error.to_string()
        };
        for json in ["", "{", "[]", "{\"version\":1}", "{\"version\":\"1\"}"] {
            assert_eq!(
                said(json),
                "`r.json` in `out` is not what groundline wrote",
                "{json}"
            );
        }
        assert!(said("{\"version\":2}").contains("version 2; this build knows version 1"));
    }
}

//! Which hours of a model have hour files, and what their receipts count.

use std::collections::{BTreeMap, BTreeSet};

use groundline_store::{
    Found, Hour, Partition, Root, Stores, Window, decoded_name, encoded_name, list_flat,
    stored_hours,
};

use crate::error::MonitorError;

/// The hour files of a model.
#[derive(Debug)]
pub(super) struct StoredHours {
    root: Root,
    partitions: Vec<Partition>,
    hours: BTreeSet<Hour>,
}

impl StoredHours {
    pub(super) async fn list(
        stores: &Stores,
        out: &str,
        model: &str,
    ) -> Result<Self, MonitorError> {
        let root = stores.open(out).await?;
        let folder = root.child(&format!("merged/model={}", encoded_name(model)))?;
        let (objects, _) = list_flat(&root, &folder).await?;
        let keys = objects.iter().map(|object| root.key(&object.path));
        let partitions: Vec<Partition> = keys.filter_map(|key| partition(&key)).collect();
        Ok(Self {
            hours: partitions.iter().map(|partition| partition.hour).collect(),
            root,
            partitions,
        })
    }

    pub(super) fn hours(&self) -> &BTreeSet<Hour> {
        &self.hours
    }

    /// The hours from the first to the last.
    pub(super) fn all(&self) -> Option<Window> {
        let (first, last) = (self.hours.first()?, self.hours.last()?);
        Window::new(*first, last.plus(1)).ok()
    }

    pub(super) fn any_in(&self, window: Window) -> bool {
        self.hours.range(window.from..window.to).next().is_some()
    }

    /// The last hour before a window, and the first after it.
    pub(super) fn nearest(&self, window: Window) -> Vec<Hour> {
        let before = self.hours.range(..window.from).next_back();
        let after = self.hours.range(window.to..).next();
        before.into_iter().chain(after).copied().collect()
    }

    /// Counts of the receipts in a window, by bucket of prediction records; hour files without a receipt count nothing.
    pub(super) async fn accounts(
        &self,
        window: Window,
    ) -> Result<BTreeMap<String, u64>, MonitorError> {
        let partitions: Vec<Partition> = self
            .partitions
            .iter()
            .filter(|partition| window.contains(partition.hour))
            .cloned()
            .collect();
        let mut counts = BTreeMap::new();
        for stored in stored_hours(&self.root, &partitions, false).await? {
            if let Found::Both { receipt, .. } = stored.found {
                for (bucket, count) in &receipt.ledger {
                    *counts.entry(bucket.clone()).or_default() += count;
                }
            }
        }
        Ok(counts)
    }
}

/// What an hour file's key says; `None` for any other object.
fn partition(key: &str) -> Option<Partition> {
    let mut levels = key.strip_prefix("merged/")?.split('/');
    let mut value = |name: &str| levels.next()?.strip_prefix(name)?.strip_prefix('=');
    let (model, endpoint, variant) = (value("model")?, value("endpoint")?, value("variant")?);
    let hour = Hour::parse(&format!("{}T{}", value("date")?, value("hh")?)).ok()?;
    (levels.next() == Some("part-0.parquet") && levels.next().is_none()).then(|| Partition {
        model: decoded_name(model),
        endpoint: decoded_name(endpoint),
        variant: decoded_name(variant),
        hour,
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_an_hour_file_is_read_back() {
        let partition = Partition {
            model: "a/b=é".into(),
            endpoint: "<script>".into(),
            variant: "_batch".into(),
            hour: Hour::parse("2026-11-01T07").unwrap(),
        };
        let key = partition.hour_file();
        assert_eq!(super::partition(&key), Some(partition));
        for other in ["merged/model=a/part-0.parquet", "", &format!("{key}/x")] {
            assert_eq!(super::partition(other), None, "{other}");
        }
    }
}

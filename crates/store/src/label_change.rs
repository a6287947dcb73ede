//! What became of label files since an hour file was made.

use std::collections::BTreeMap;

use crate::hour::Hour;
use crate::receipt::InputIdentity;
use crate::snapshot::{LabelSnapshot, SnapshotObject};

/// Label files that came, went or changed between two listings. A changed file has gone and come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelChange {
    /// In order of (hour, key).
    added: Vec<SnapshotObject>,
    removed: Vec<SnapshotObject>,
}

/// The part of a change that the labels of some hours are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangeWithin<'a> {
    pub added: &'a [SnapshotObject],
    pub removed: &'a [SnapshotObject],
}

impl LabelChange {
    /// From what was `seen` to what is there `now`.
    pub fn between(seen: &LabelSnapshot, now: &LabelSnapshot) -> Self {
        let by_place = |snapshot: &LabelSnapshot| -> BTreeMap<(Hour, String), InputIdentity> {
            let objects = snapshot.objects().iter();
            objects
                .map(|object| {
                    let place = (object.hour, object.identity.key.clone());
                    (place, object.identity.clone())
                })
                .collect()
        };
        let (seen, now) = (by_place(seen), by_place(now));
        let missing_in =
            |one: &BTreeMap<(Hour, String), InputIdentity>,
             other: &BTreeMap<(Hour, String), InputIdentity>| {
                one.iter()
                    .filter(|(place, identity)| other.get(*place) != Some(*identity))
                    .map(|((hour, _), identity)| SnapshotObject {
                        hour: *hour,
                        identity: identity.clone(),
                    })
                    .collect()
            };
        Self {
            added: missing_in(&now, &seen),
            removed: missing_in(&seen, &now),
        }
    }

    /// What of it was collected in `[from, to)`; without `to`, from then on.
    pub fn within(&self, from: Hour, to: Option<Hour>) -> ChangeWithin<'_> {
        fn part(objects: &[SnapshotObject], from: Hour, to: Option<Hour>) -> &[SnapshotObject] {
            let first = objects.partition_point(|object| object.hour < from);
            let end = to.map_or(objects.len(), |to| {
                objects.partition_point(|object| object.hour < to)
            });
            objects.get(first..end.max(first)).unwrap_or_default()
        }
        ChangeWithin {
            added: part(&self.added, from, to),
            removed: part(&self.removed, from, to),
        }
    }
}

impl ChangeWithin<'_> {
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn object(hour: &str, key: &str, size: u64) -> SnapshotObject {
        SnapshotObject {
            hour: Hour::parse(hour).unwrap(),
            identity: InputIdentity {
                key: key.into(),
                size,
                etag: None,
                mtime: Some(1),
            },
        }
    }

    #[test]
    fn a_changed_file_has_gone_and_come() {
        let (h1, h2) = ("2026-11-01T05", "2026-11-02T05");
        let seen = LabelSnapshot::new(vec![object(h1, "a", 1), object(h1, "b", 1)]);
        let now = LabelSnapshot::new(vec![object(h1, "a", 2), object(h2, "c", 1)]);
        let change = LabelChange::between(&seen, &now);
        let all = change.within(Hour::parse(h1).unwrap(), None);
        let keys = |objects: &[SnapshotObject]| -> Vec<String> {
            objects.iter().map(|o| o.identity.key.clone()).collect()
        };
        assert_eq!(keys(all.added), ["a", "c"]);
        assert_eq!(keys(all.removed), ["a", "b"]);
    }

    #[test]
    fn only_the_window_counts() {
        let now = ["2026-11-01T05", "2026-11-01T06", "2026-11-01T07"];
        let now = LabelSnapshot::new(now.iter().map(|hour| object(hour, hour, 1)).collect());
        let change = LabelChange::between(&LabelSnapshot::new(Vec::new()), &now);
        let hour = |text: &str| Hour::parse(text).unwrap();
        let within = |from, to: Option<&str>| change.within(hour(from), to.map(hour)).added.len();
        assert_eq!(within("2026-11-01T05", Some("2026-11-01T05")), 0);
        assert_eq!(within("2026-11-01T05", Some("2026-11-01T06")), 1);
        assert_eq!(within("2026-11-01T06", None), 2);
        assert_eq!(within("2026-11-01T08", Some("2026-11-01T06")), 0);
        assert!(change.within(hour("2026-11-01T08"), None).is_empty());
    }
}

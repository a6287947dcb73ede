//! Which field of the payloads holds the id that labels name, where the captures' own ids match nothing.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::fields::leaves;
use super::sample::Event;

/// Fewer different values could be a coincidence: labels named 0, 1, 2 and a feature that counts.
const DISTINCT: usize = 3;

/// A field and what of it is a label's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PayloadId {
    pub(super) selector: String,
    pub(super) records: u64,
    pub(super) matched: u64,
}

/// The best field of outputs, else of inputs, that names labels: its values are nearly all different, and of those
/// that are there so many are ids of labels that it is no coincidence.
pub(super) fn find<'e>(
    events: impl Iterator<Item = &'e Event> + Clone,
    labels: &HashSet<&str>,
) -> Option<PayloadId> {
    [true, false].into_iter().find_map(|output| {
        let sides = events.clone().filter_map(|event| {
            if output {
                event.output.as_ref()
            } else {
                event.input.as_ref()
            }
        });
        let mut found: BTreeMap<String, (u64, u64, BTreeSet<String>)> = BTreeMap::new();
        for side in sides {
            for piece in &side.pieces {
                for (path, value) in leaves(piece, side.piece_encoding) {
                    let Some(value) = value else { continue };
                    let entry = found.entry(path).or_default();
                    entry.0 += 1;
                    entry.1 += u64::from(labels.contains(value.as_str()));
                    entry.2.insert(value);
                }
            }
        }
        let candidates = found.into_iter().filter(|(_, (records, matched, values))| {
            let different = values.len() as u64 * 10 >= records * 9;
            different && *matched >= DISTINCT as u64 && matched * 10 >= *records
        });
        candidates
            .map(|(selector, (records, matched, _))| PayloadId {
                selector,
                records,
                matched,
            })
            .rev()
            .max_by_key(|id| id.matched)
    })
}

//! Why each unmatched label matches nothing: the first reason that applies, from what the run can see.

use std::collections::BTreeMap;
use std::fs;

use super::{Kept, LabelTruth};
use crate::error::SynthError;
use crate::event::Key;
use crate::text::JsonText;

/// What a model can see of an id that labels give; all but the ids of those labels is forgotten.
#[derive(Debug, Default)]
struct Seen<'a> {
    /// Hours of the predictions with this key.
    kept: Vec<u32>,
    filtered: bool,
    /// File and line of a bad line that it stands in.
    rejected: Option<&'a str>,
    /// Key of the capture that has this event id.
    event_id_of: Option<Key>,
    /// The key that this one is, but for its spelling.
    meant: Option<Key>,
    other_endpoint: bool,
    other_model: bool,
}

/// One line of `unmatched.jsonl`.
struct Row {
    model: usize,
    file: String,
    position: u64,
    key: Vec<u8>,
    reason: &'static str,
    nearest: Option<Vec<u8>>,
}

/// Writes `unmatched.jsonl`, from the indexes of each model's unmatched labels.
pub(super) fn write(kept: &Kept, unmatched: &[Vec<usize>]) -> Result<(), SynthError> {
    let mut rows = Vec::new();
    for (model, indexes) in unmatched.iter().enumerate() {
        let labels = kept.labels_of(model);
        let labels: Vec<&LabelTruth> = indexes.iter().filter_map(|at| labels.get(*at)).collect();
        let seen = look(kept, model, &labels);
        rows.extend(labels.iter().map(|label| row(kept, model, label, &seen)));
    }
    rows.sort_by(|a, b| (a.model, &a.file, a.position).cmp(&(b.model, &b.file, b.position)));
    let mut text = Vec::new();
    for row in rows {
        push(kept, &row, &mut text);
    }
    let path = kept.folder.join("unmatched.jsonl");
    fs::write(&path, text).map_err(SynthError::io("write", &path))
}

/// Looks at everything that was written for the ids of these labels.
fn look<'a>(kept: &'a Kept, model: usize, labels: &[&LabelTruth]) -> BTreeMap<Key, Seen<'a>> {
    let mut all: BTreeMap<Key, Seen<'a>> = BTreeMap::new();
    // Ids that a misspelled one may be meant to be, to the misspelled one.
    let mut meant = BTreeMap::new();
    for label in labels {
        let key = label.draft.key;
        all.entry(key).or_default();
        if let Some(other) = key.meant() {
            meant.insert(other, key);
        }
    }
    let neighbour = kept.options.neighbour();
    for source in &kept.sources {
        let is_own = source.model == model;
        let same_root =
            source.model != model && ![Some(source.model), Some(model)].contains(&neighbour);
        let events = source
            .events
            .iter()
            .map(|(hour, event)| (Some(*hour), event.key));
        let filtered = source.filtered.iter().map(|event| (None, event.key));
        for (hour, key) in events.chain(filtered) {
            if is_own
                && hour.is_some()
                && let Some(seen) = meant.get(&key).and_then(|key| all.get_mut(key))
            {
                seen.meant = Some(key);
            }
            for id in [key, key.event_id(source.endpoint)] {
                let Some(seen) = all.get_mut(&id) else {
                    continue;
                };
                if !is_own {
                    seen.other_endpoint |= same_root;
                    seen.other_model |= !same_root;
                } else if id != key {
                    if hour.is_some() {
                        seen.event_id_of = Some(key);
                    }
                } else if let Some(hour) = hour {
                    seen.kept.push(hour);
                } else {
                    seen.filtered = true;
                }
            }
        }
        for (key, place) in source.broken.iter().filter(|_| is_own) {
            for id in [*key, key.event_id(source.endpoint)] {
                if let Some(seen) = all.get_mut(&id) {
                    seen.rejected = Some(place);
                }
            }
        }
    }
    if Some(model) != neighbour {
        for key in &kept.left_out {
            // Planted captures have event ids apart from those of any endpoint.
            for id in [*key, key.event_id(0)] {
                if let Some(seen) = all.get_mut(&id) {
                    seen.other_endpoint = true;
                }
            }
        }
    }
    all
}

fn row(kept: &Kept, model: usize, label: &LabelTruth, seen: &BTreeMap<Key, Seen<'_>>) -> Row {
    let seed = kept.options.seed;
    let text = |key: Key| {
        let mut text = Vec::new();
        key.push(seed, &mut text);
        text
    };
    let key = label.draft.key;
    let nothing = Seen::default();
    let seen = seen.get(&key).unwrap_or(&nothing);
    let itself = Some(text(key));
    let (reason, nearest) = if !seen.kept.is_empty() {
        let hours = &mut seen.kept.iter();
        if hours.any(|hour| kept.in_window(label.hour, *hour)) {
            ("record_count_differs", itself)
        } else {
            ("outside_label_window", itself)
        }
    } else if seen.filtered {
        ("prediction_filtered", itself)
    } else if let Some(place) = seen.rejected {
        ("prediction_rejected", Some(place.as_bytes().to_vec()))
    } else if let Some(key) = seen.event_id_of {
        ("event_id_given", Some(text(key)))
    } else if let Some(key) = seen.meant {
        ("spelled_differently", Some(text(key)))
    } else if seen.other_endpoint {
        ("other_endpoint", itself)
    } else if seen.other_model {
        ("other_model", itself)
    } else {
        ("unknown_id", None)
    };
    Row {
        model,
        file: label.path(&kept.options),
        position: label.position,
        key: text(key),
        reason,
        nearest,
    }
}

fn push(kept: &Kept, row: &Row, text: &mut Vec<u8>) {
    let model = kept.options.models().get(row.model).copied().unwrap_or("");
    let mut line = Vec::new();
    let mut json = JsonText::new(&mut line);
    json.open();
    json.key("model").string(model.as_bytes());
    json.key("file").string(row.file.as_bytes());
    json.key("position").number(row.position);
    json.key("key").string(&row.key);
    json.key("reason").string(row.reason.as_bytes());
    json.key("nearest").string_or_null(row.nearest.as_deref());
    json.close().raw(b"\n");
    text.append(&mut line);
}

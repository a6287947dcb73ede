//! Which field of a label record holds the id of its prediction, where it is not `eventMetadata.eventId`.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use groundline_capture::{Encoding, LabelId, Splitter};
use groundline_store::Hour;

use super::bounds::Meter;
use super::fields::leaves;
use super::payload_ids;
use super::places::Place;
use super::sample::Event;
use crate::error::EngineError;
use crate::read::read_head;

/// Objects and records that are looked at.
const OBJECTS: usize = 12;
const RECORDS: usize = 2_000;
/// Values of a field that are kept, and the longest.
const VALUES: usize = 4_000;
const MOST_ID: usize = 256;

/// The field that the merge takes by itself.
const DEFAULT: &str = "eventMetadata.eventId";

/// A field of the labels that may hold the id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LabelField {
    /// As `label_id_field` takes it.
    pub(super) setting: String,
    pub(super) id: LabelId,
    /// Labels that have it, and those of them that name a prediction there by one of SageMaker's ids.
    pub(super) labels: u64,
    pub(super) matched: u64,
    /// Its different values, as many as are kept.
    values: BTreeSet<String>,
}

impl LabelField {
    /// Clearly more of the labels name a prediction here than by the field before: of so many, so many.
    fn is_better_than(&self, (matched, labels): (u64, u64)) -> bool {
        let share = |matched: u64, of: u64| matched as f64 / of.max(1) as f64;
        share(self.matched, self.labels) > share(matched, labels) + 0.1
    }
}

/// The field that the labels are read by in place of `eventId`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ChosenField {
    pub(super) setting: String,
    pub(super) id: LabelId,
    pub(super) why: String,
    /// The labels name predictions there by SageMaker's ids; else their ids may be in the payloads.
    pub(super) by_known_ids: bool,
}

/// Whether the labels are to be read by another field than `eventId`, by which so many name a prediction of so many
/// that have it: by one that names predictions, else by one whose values the payloads hold, else, where no label has
/// an `eventId`, by `inferenceId`.
pub(super) fn choose<'e>(
    fields: &[LabelField],
    default: (u64, u64),
    events: impl Iterator<Item = &'e Event> + Clone,
    default_keys: &HashSet<&str>,
) -> Option<ChosenField> {
    let by_default = format!("by eventId {} of {}", default.0, default.1);
    let chosen = |field: &LabelField, why: String, by_known_ids| {
        Some(ChosenField {
            setting: field.setting.clone(),
            id: field.id.clone(),
            why,
            by_known_ids,
        })
    };
    if let Some(best) = fields
        .iter()
        .find(|field| field.matched > 0 && field.is_better_than(default))
    {
        let why = format!(
            "of {} labels that were looked at {} name a prediction there; {by_default}",
            best.labels, best.matched
        );
        return chosen(best, why, true);
    }
    if payload_ids::find(events.clone(), default_keys).is_some() {
        return None;
    }
    let in_payloads = fields.iter().filter_map(|field| {
        let values: HashSet<&str> = field.values.iter().map(String::as_str).collect();
        Some((payload_ids::find(events.clone(), &values)?, field))
    });
    // Of equals the first.
    let best = in_payloads.reduce(|best, other| {
        if other.0.matched > best.0.matched {
            other
        } else {
            best
        }
    });
    if let Some((id, field)) = best {
        let why = format!(
            "labels name there what `{}` of the payloads holds; {by_default} name a prediction",
            id.selector
        );
        return chosen(field, why, false);
    }
    let other = fields.iter().find(|field| field.setting == "inferenceId");
    let other = other.filter(|_| default.1 == 0)?;
    let why = format!(
        "none of the labels that were looked at has an eventId, {} have this",
        other.labels
    );
    chosen(other, why, false)
}

/// Looks at labels of the hours that were read; the field that names the most predictions first.
pub(super) async fn look(
    place: &Place,
    hours: &BTreeSet<Hour>,
    known: &HashSet<&str>,
    meter: &Arc<Meter>,
) -> Result<Vec<LabelField>, EngineError> {
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    let mut records = 0;
    let inputs = hours.iter().flat_map(|hour| place.inputs(*hour));
    for input in inputs.take(OBJECTS) {
        meter.opened(input);
        let head = read_head(&input.root, &input.object).await?;
        count(&head, known, &mut counts, &mut records);
        if records >= RECORDS {
            break;
        }
    }
    let mut found: Vec<LabelField> = counts
        .into_iter()
        // What the label says is not whom it is about, and an element of a list has no path of names.
        .filter(|(path, _)| path != DEFAULT && !path.starts_with("groundTruthData"))
        .filter(|(path, _)| !path.contains(['[', '\'']))
        .filter_map(|(path, count)| {
            let setting = setting(&path);
            let id = LabelId::parse(&setting).ok()?;
            Some(LabelField {
                setting,
                id,
                labels: count.labels,
                matched: count.matched,
                values: count.values,
            })
        })
        .collect();
    found.sort_by(|a, b| {
        b.matched
            .cmp(&a.matched)
            .then_with(|| a.setting.cmp(&b.setting))
    });
    Ok(found)
}

/// What was seen of one field.
#[derive(Debug, Default)]
struct Count {
    labels: u64,
    matched: u64,
    values: BTreeSet<String>,
}

fn count(
    head: &[u8],
    known: &HashSet<&str>,
    counts: &mut BTreeMap<String, Count>,
    records: &mut usize,
) {
    // The head may end inside its last line.
    let whole = groundline_capture::last_line_end(head).and_then(|end| head.get(..end));
    let texts = [whole, Some(head)].into_iter().flatten();
    let Some(text) = texts
        .filter_map(|text| std::str::from_utf8(text).ok())
        .next()
    else {
        return;
    };
    let mut splitter = Splitter::new();
    let Ok(pieces) = splitter.split(text, Encoding::Json) else {
        return;
    };
    for record in pieces.iter() {
        *records += 1;
        for (path, value) in leaves(record, Encoding::Json) {
            let Some(value) = value else { continue };
            let count = counts.entry(path).or_default();
            count.labels += 1;
            count.matched += u64::from(known.contains(value.as_str()));
            if count.values.len() < VALUES && value.len() <= MOST_ID {
                count.values.insert(value);
            }
        }
    }
}

/// A bare name is below `eventMetadata`, a path is from the top.
fn setting(path: &str) -> String {
    match path.strip_prefix("eventMetadata.") {
        Some(name) if !name.contains(['.', '[']) => name.to_owned(),
        _ if path.contains('.') => path.to_owned(),
        _ => format!("$.{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_name_predictions_are_counted() {
        let head =
            br#"{"groundTruthData":{"data":"1"},"eventMetadata":{"inferenceId":"a"},"order":"x"}
{"groundTruthData":{"data":"0"},"eventMetadata":{"inferenceId":"b"},"order":"a"}
"#;
        let known = HashSet::from(["a", "b"]);
        let (mut counts, mut records) = (BTreeMap::new(), 0);
        count(head, &known, &mut counts, &mut records);
        assert_eq!(records, 2);
        let told = |path: &str| (counts[path].labels, counts[path].matched);
        assert_eq!(told("eventMetadata.inferenceId"), (2, 2));
        assert_eq!(told("order"), (2, 1));
    }

    #[test]
    fn a_field_is_written_as_the_setting_takes_it() {
        assert_eq!(setting("eventMetadata.inferenceId"), "inferenceId");
        assert_eq!(setting("meta.id"), "meta.id");
        assert_eq!(setting("id"), "$.id");
    }
}

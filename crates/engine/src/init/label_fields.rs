//! Which field of a label record holds the id of its prediction, where it is not `eventMetadata.eventId`.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use groundline_capture::{Encoding, LabelId, Splitter};
use groundline_store::Hour;

use super::bounds::Meter;
use super::fields::leaves;
use super::places::Place;
use crate::error::EngineError;
use crate::read::read_head;

/// Objects and records that are looked at.
const OBJECTS: usize = 12;
const RECORDS: usize = 2_000;

/// The field that the merge takes by itself.
const DEFAULT: &str = "eventMetadata.eventId";

/// A field and how many of the labels that have it name a prediction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LabelField {
    /// As `label_id_field` takes it.
    pub(super) setting: String,
    pub(super) id: LabelId,
    pub(super) labels: u64,
    pub(super) matched: u64,
}

impl LabelField {
    /// Clearly more of the labels name a prediction here than by the field before: of so many, so many.
    pub(super) fn is_better_than(&self, (matched, labels): (u64, u64)) -> bool {
        let share = |matched: u64, of: u64| matched as f64 / of.max(1) as f64;
        share(self.matched, self.labels) > share(matched, labels) + 0.1
    }
}

/// Looks at labels of the hours that were read; the best field first.
pub(super) async fn look(
    place: &Place,
    hours: &BTreeSet<Hour>,
    known: &HashSet<&str>,
    meter: &Arc<Meter>,
) -> Result<Vec<LabelField>, EngineError> {
    let mut counts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let mut records = 0;
    let inputs = hours.iter().flat_map(|hour| place.inputs(*hour));
    for input in inputs.take(OBJECTS) {
        meter.opened();
        let head = read_head(&input.root, &input.object).await?;
        count(&head, known, &mut counts, &mut records);
        if records >= RECORDS {
            break;
        }
    }
    let mut found: Vec<LabelField> = counts
        .into_iter()
        .filter(|(path, (_, matched))| *matched > 0 && path != DEFAULT)
        .filter_map(|(path, (labels, matched))| {
            let setting = setting(&path);
            let id = LabelId::parse(&setting).ok()?;
            // An element of a list has no path of names.
            (!path.contains(['[', '\''])).then_some(LabelField {
                setting,
                id,
                labels,
                matched,
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

fn count(
    head: &[u8],
    known: &HashSet<&str>,
    counts: &mut BTreeMap<String, (u64, u64)>,
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
            count.0 += 1;
            count.1 += u64::from(known.contains(value.as_str()));
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
        assert_eq!(counts["eventMetadata.inferenceId"], (2, 2));
        assert_eq!(counts["order"], (2, 1));
    }

    #[test]
    fn a_field_is_written_as_the_setting_takes_it() {
        assert_eq!(setting("eventMetadata.inferenceId"), "inferenceId");
        assert_eq!(setting("meta.id"), "meta.id");
        assert_eq!(setting("id"), "$.id");
    }
}

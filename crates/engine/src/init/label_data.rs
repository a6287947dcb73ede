//! What is in the labels: their values, and which field of a label holds them.

use std::collections::BTreeMap;

use groundline_capture::{
    Encoding, LabelLayout, LabelType, Selector, Splitter, class_text, label_shape, label_values,
};

use super::fields::{Profile, Profiles, leaves};
use super::findings::{Counted, Proposal};
use super::ids::LabelText;

/// Names of the member that is the label, best first.
pub(super) const NAMES: &[&str] = &[
    "label",
    "ground_truth",
    "groundtruth",
    "target",
    "truth",
    "actual",
    "class",
    "value",
    "y",
];

/// Which field of a label record is the label; `None` where each record is its own value.
pub(super) fn ground_truth_attribute(
    texts: &[LabelText],
    records_per_event: usize,
) -> Option<Proposal> {
    let mut splitter = Splitter::new();
    let mut profiles = Profiles::default();
    let mut compound = 0_u64;
    for label in texts {
        let Some(text) = label.text.as_deref().filter(|text| !text.trim().is_empty()) else {
            continue;
        };
        let Ok(pieces) = splitter.split(text, label.encoding) else {
            continue;
        };
        let encoding = pieces.encoding();
        for piece in pieces.iter().take(8) {
            let found = leaves(piece, encoding);
            let listed = piece.trim_start().starts_with('[');
            // A row with a column for each record of its event is no record of several fields.
            let columns = (encoding == Encoding::Csv || listed) && found.len() == records_per_event;
            compound += u64::from(found.len() > 1 && !columns && !listed);
            profiles.add(&found);
        }
    }
    if compound == 0 {
        return None;
    }
    let field = profiles.reliable().max_by_key(|field| {
        let path = field.path.to_lowercase();
        let last = path.rsplit('.').next().unwrap_or(&path);
        let place = NAMES.iter().position(|name| last == *name);
        let name = place.map_or(0, |place| NAMES.len() - place);
        // Of equals the first.
        let order = profiles
            .fields
            .iter()
            .position(|other| other.path == field.path);
        (
            name,
            field.is_class(),
            field.is_numeric(),
            std::cmp::Reverse(order),
        )
    })?;
    let others: Vec<&str> = profiles
        .fields
        .iter()
        .map(|other| other.path.as_str())
        .filter(|path| *path != field.path)
        .take(6)
        .collect();
    Some(Proposal::new(
        "ground_truth_attribute",
        &field.path,
        format!("a label record also has {}", others.join(", ")),
    ))
}

/// The values of labels, one for each record that a label is for.
pub(super) fn profile(texts: &[LabelText], attribute: Option<&Selector>) -> Profile {
    let mut profile = Profile::new("label");
    for label in texts {
        for value in values(label, None, attribute) {
            profile.add(value.as_deref());
        }
    }
    profile
}

/// The classes that a label gives to the records of its event; of an unknown event, as many as it has values for.
pub(super) fn values(
    label: &LabelText,
    records: Option<usize>,
    attribute: Option<&Selector>,
) -> Vec<Option<String>> {
    let Some(text) = label.text.as_deref() else {
        return vec![None];
    };
    let shape = label_shape(Some(text), label.encoding, attribute);
    let count = match records.and_then(|records| u32::try_from(records).ok()) {
        Some(records) if !shape.fits(records, LabelLayout::Auto) => return Vec::new(),
        Some(records) => records,
        None if shape.rows == 1 && attribute.is_none() => shape.columns.max(1),
        None => shape.rows.max(1),
    };
    let mut found = Vec::new();
    let auto = LabelLayout::Auto;
    label_values(text, label.encoding, count, attribute, auto, |_, value| {
        let class = value
            .as_deref()
            .and_then(|value| class_text(value, LabelType::Auto));
        found.push(class.map(|class| class.into_owned()));
    });
    found
}

/// How often each encoding was seen, the most frequent first.
pub(super) fn encodings(texts: &[LabelText]) -> Vec<Counted> {
    counted(
        texts
            .iter()
            .map(|label| match label.encoding_name.as_str() {
                "" => "no encoding".to_owned(),
                name => name.to_owned(),
            }),
    )
}

/// Counts equal texts, the most frequent first.
pub(super) fn counted(texts: impl Iterator<Item = String>) -> Vec<Counted> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for text in texts {
        *counts.entry(text).or_default() += 1;
    }
    let mut counted: Vec<Counted> = counts
        .into_iter()
        .map(|(what, count)| Counted { what, count })
        .collect();
    counted.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.what.cmp(&b.what)));
    counted
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn labels(texts: &[(&str, &str)]) -> Vec<LabelText> {
        texts
            .iter()
            .map(|(text, encoding)| LabelText {
                text: Some((*text).to_owned()),
                encoding: Encoding::parse(Some(encoding)),
                encoding_name: (*encoding).to_owned(),
            })
            .collect()
    }

    fn attribute(texts: &[(&str, &str)], records: usize) -> Option<String> {
        ground_truth_attribute(&labels(texts), records).map(|proposal| proposal.value)
    }

    #[test]
    fn a_label_of_one_value_needs_no_attribute() {
        assert_eq!(attribute(&[("1", "CSV"), ("0", "JSON")], 1), None);
        assert_eq!(attribute(&[(r#"{"label":1}"#, "JSON")], 1), None);
        let list = r#"{"instances":[{"label":1},{"label":0}]}"#;
        assert_eq!(attribute(&[(list, "JSON")], 2), None);
        assert_eq!(attribute(&[("1,0,1", "CSV"), ("[1,0,1]", "JSON")], 3), None);
    }

    #[test]
    fn of_several_members_the_one_named_like_a_label_is_taken() {
        let label = r#"{"annotator":"x","label":1}"#;
        assert_eq!(attribute(&[(label, "JSON")], 1).unwrap(), "label");
        assert_eq!(
            attribute(&[("1,bob", "CSV"), ("0,eve", "CSV")], 1).unwrap(),
            "0"
        );
    }

    #[test]
    fn values_are_one_for_each_record() {
        let of = |text: &str, encoding: &str, records| {
            let label = labels(&[(text, encoding)]).remove(0);
            let found = values(&label, records, None).into_iter();
            found.map(Option::unwrap_or_default).collect::<Vec<_>>()
        };
        assert_eq!(of("1,0", "CSV", Some(2)), ["1", "0"]);
        assert_eq!(of("1\n0", "CSV", None), ["1", "0"]);
        assert_eq!(of(" 1.0", "CSV", Some(1)), ["1"]);
        assert_eq!(of("1,0", "CSV", Some(3)), [""; 0]);
    }
}

//! `[[model.mapping]]`: what another mapping of a model's payloads is from an hour on.

use groundline_store::Hour;
use toml::de::DeValue;

use crate::config::file::{Entries, Place, expected_table, section};
use crate::config::model::hour;
use crate::config::setting::{self, Kind, Section};
use crate::config::toml_value;
use crate::failure::Failure;
use crate::suggest::did_you_mean;

/// More changes than a payload can sensibly have had.
const MOST_MAPPINGS: usize = 1000;

/// One `[[model.mapping]]`: what is another from an hour on.
#[derive(Clone, Debug)]
pub(crate) struct MappingEntry {
    pub(crate) from: Hour,
    pub(crate) values: Entries,
}

/// Settings that a mapping can change; labels are read the same way throughout.
pub(crate) const MAPPED: [&str; 5] = [
    "inference-attribute",
    "probability-attribute",
    "probability-threshold",
    "positive-class",
    "negative-class",
];

/// Settings of how labels are read, for which a mapping may be mistaken.
const OF_LABELS: [&str; 5] = [
    "ground_truth_attribute",
    "label_id_field",
    "label_layout",
    "label_type",
    "labels",
];

/// The `[[model.mapping]]` entries of a model.
pub(super) fn mappings(
    place: &Place<'_>,
    value: &DeValue<'_>,
    at: &str,
) -> Result<Vec<MappingEntry>, Failure> {
    let DeValue::Array(items) = value else {
        return Err(expected_table(at, "mapping", "[[model.mapping]]", value));
    };
    if items.len() > MOST_MAPPINGS {
        return Err(Failure::usage(format!(
            "`mapping` at {at}: more than {MOST_MAPPINGS} mappings"
        )));
    }
    let mut mappings: Vec<MappingEntry> = Vec::with_capacity(items.len());
    for item in items.iter() {
        let mut from = None;
        let line = place.line(item.span().start);
        let values = section(
            place,
            Section::Model,
            item.get_ref(),
            item.span(),
            |name, value, at, _| {
                if name == "from" {
                    let read = toml_value::read(Kind::Time, value, &place.folder)
                        .and_then(|text| hour(&text.to_string()))
                        .map_err(|why| Failure::usage(format!("`from` at {at}: {why}")))?;
                    from = Some(read);
                    return Ok(true);
                }
                let mapped = setting::in_section(Section::Model)
                    .find(|setting| setting.file == Some(name))
                    .is_some_and(|setting| MAPPED.contains(&setting.key));
                if mapped {
                    return Ok(false);
                }
                let keys = MAPPED.map(|key| key.replace('-', "_"));
                if OF_LABELS.contains(&name) {
                    return Err(Failure::usage(format!(
                        "`{name}` at {at} cannot change with the hour: labels are read the same way throughout, because \
                         a label belongs to no hour of predictions"
                    ))
                    .hint(
                        "where labels changed shape, make two models, each with the label folders of its own, or give \
                         them one shape with [model.labels] sql",
                    ));
                }
                Err(Failure::usage(format!(
                    "`{name}` at {at} cannot change with the hour{}",
                    did_you_mean(name, keys.iter().map(String::as_str))
                ))
                .hint(format!("a mapping has `from` and {}", keys.join(", "))))
            },
        )?;
        let Some(from) = from else {
            return Err(Failure::usage(format!(
                "the [[model.mapping]] at {}:{line} has no `from`, the first hour that it is for",
                place.path
            )));
        };
        if mappings.last().is_some_and(|last| last.from >= from) {
            return Err(Failure::usage(format!(
                "the [[model.mapping]] at {}:{line} is from {from}, which is not after the one before it",
                place.path
            )));
        }
        mappings.push(MappingEntry { from, values });
    }
    Ok(mappings)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use crate::config::file::ConfigFile;

    fn refusal(text: &str) -> String {
        ConfigFile::parse("groundline.toml", text)
            .unwrap_err()
            .message
    }

    #[test]
    fn a_mapping_says_from_when_and_changes_only_what_can_change() {
        let mapping = |text: &str| refusal(&format!("[[model]]\n[[model.mapping]]\n{text}\n"));
        assert_eq!(
            mapping("probability_attribute = \"score\""),
            "the [[model.mapping]] at groundline.toml:2 has no `from`, the first hour that it is for"
        );
        assert_eq!(
            mapping("from = \"soon\"").split(": ").next().unwrap(),
            "`from` at groundline.toml:3"
        );
        assert_eq!(
            mapping("from = \"2026-05-01T00\"\nprobability_atribute = \"score\""),
            "`probability_atribute` at groundline.toml:4 cannot change with the hour; did you mean `probability_attribute`?"
        );
        assert_eq!(
            mapping("from = \"2026-05-01T00\"\nground_truth_attribute = \"churned\""),
            "`ground_truth_attribute` at groundline.toml:4 cannot change with the hour: labels are read the same way \
             throughout, because a label belongs to no hour of predictions"
        );
        assert_eq!(
            mapping("from = \"2026-05-01T00\"\n[[model.mapping]]\nfrom = \"2026-05-01T00\""),
            "the [[model.mapping]] at groundline.toml:4 is from 2026-05-01T00, which is not after the one before it"
        );
        let text = "[[model]]\nprobability_attribute = \"0\"\n[[model.mapping]]\nfrom = 2026-05-01T00:00:00Z\nprobability_attribute = \"score\"\n";
        let file = ConfigFile::parse("groundline.toml", text).unwrap();
        let model = file.models.first().unwrap();
        assert_eq!(model.mappings.len(), 1);
        assert_eq!(
            model.mappings.first().unwrap().from.to_string(),
            "2026-05-01T00"
        );
    }
}

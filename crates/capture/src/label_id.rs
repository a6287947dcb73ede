//! Where a label record holds the id that it is matched by (design.md, `label_id_field`; formats.md 3.2).

use std::fmt;

use serde::{Deserialize, Serialize};

/// A path of member names from the top of the record; `eventMetadata.eventId` unless something else is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelId(Vec<String>);

/// The object that holds SageMaker's ids.
const METADATA: &str = "eventMetadata";

/// Deepest path.
const MOST_NAMES: usize = 16;

impl LabelId {
    /// Understands `inferenceId` (a member of `eventMetadata`) and `meta.order.id` or `$.id` (from the top).
    ///
    /// # Errors
    /// Says what is wrong with the text: it is empty, has an empty name, is too deep, or leads into the label itself.
    pub fn parse(text: &str) -> Result<LabelId, String> {
        let (path, from_top) = match text.strip_prefix("$.") {
            Some(path) => (path, true),
            None => (text, text.contains('.')),
        };
        let mut names: Vec<String> = path.split('.').map(str::to_owned).collect();
        if names.iter().any(|name| name.trim().is_empty()) {
            return Err(format!(
                "`{text}` is no path of names such as inferenceId or meta.id"
            ));
        }
        if names.len() > MOST_NAMES {
            return Err(format!("`{text}` has more than {MOST_NAMES} names"));
        }
        if !from_top {
            names.insert(0, METADATA.to_owned());
        }
        if names.first().is_some_and(|name| name == "groundTruthData") {
            return Err(format!("`{text}` is inside the label, which holds no id"));
        }
        Ok(LabelId(names))
    }

    /// The path inside `eventMetadata`, if the id is there.
    pub(crate) fn below_metadata(&self) -> Option<&[String]> {
        let (name, rest) = self.0.split_first()?;
        (name == METADATA).then_some(rest)
    }

    /// The member at the top that holds the id, and the path inside it, if that is not `eventMetadata`.
    pub(crate) fn elsewhere(&self) -> Option<(&str, &[String])> {
        let (name, rest) = self.0.split_first()?;
        (name != METADATA).then_some((name.as_str(), rest))
    }
}

impl Default for LabelId {
    fn default() -> LabelId {
        LabelId(vec![METADATA.to_owned(), "eventId".to_owned()])
    }
}

impl fmt::Display for LabelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::LabelId;

    #[test]
    fn a_bare_name_is_below_the_metadata_and_a_path_begins_at_the_top() {
        for (text, path) in [
            ("inferenceId", "eventMetadata.inferenceId"),
            ("eventMetadata.eventId", "eventMetadata.eventId"),
            ("meta.order.id", "meta.order.id"),
            ("$.id", "id"),
        ] {
            assert_eq!(LabelId::parse(text).unwrap().to_string(), path);
        }
        assert_eq!(LabelId::parse("eventId").unwrap(), LabelId::default());
        for text in [
            "",
            ".",
            "a..b",
            "$.",
            "groundTruthData.data",
            &["a"; 40].join("."),
        ] {
            assert!(LabelId::parse(text).is_err(), "{text}");
        }
    }
}

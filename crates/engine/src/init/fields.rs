//! The fields of sampled records: which selectors find something, and what the values are like.

use std::collections::BTreeMap;

use groundline_capture::{Encoding, Field, LabelType, Selector, class_text, fields, names, number};

/// Fields of one record that are looked at.
const MOST_FIELDS: usize = 96;
/// Nested documents are entered so deep.
const MOST_DEPTH: usize = 4;
/// Different values of a field that are told apart.
const MOST_CLASSES: usize = 64;
/// Longer values are no classes.
const MOST_CLASS_BYTES: usize = 64;
/// Columns of a transform's CSV row that are looked at.
const LAST_COLUMNS: usize = 12;
/// Examples that are kept.
const EXAMPLES: usize = 3;

/// A selector and its value in one record; `None` is null.
pub(super) type Leaf = (String, Option<String>);

/// The values of a record that selectors reach, in the order of the text.
pub(super) fn leaves(record: &str, encoding: Encoding) -> Vec<Leaf> {
    let mut found = Vec::new();
    enter("", record, encoding, 0, &mut found);
    found
}

fn enter(parent: &str, text: &str, encoding: Encoding, depth: usize, found: &mut Vec<Leaf>) {
    let room = MOST_FIELDS.saturating_sub(found.len());
    let listed = encoding == Encoding::Json && text.trim_ascii_start().starts_with('[');
    let mut paths = names(text, encoding, room);
    paths.retain(|path| Selector::parse(path).is_ok());
    let selectors: Vec<Selector> = paths
        .iter()
        .filter_map(|path| Selector::parse(path).ok())
        .collect();
    let mut values: Vec<Option<String>> = vec![None; paths.len()];
    fields(text, encoding, &selectors, |index, field| {
        if let (Field::Text(text), Some(value)) = (field, values.get_mut(index)) {
            *value = Some(text.into_owned());
        }
    });
    for (path, value) in paths.into_iter().zip(values) {
        let path = below(parent, &path, listed);
        let inside = value.as_deref().filter(|value| {
            depth < MOST_DEPTH
                && encoding != Encoding::Csv
                && value.trim_ascii_start().starts_with(['{', '['])
        });
        let before = found.len();
        if let Some(inside) = inside {
            enter(&path, inside, Encoding::Json, depth + 1, found);
        }
        if found.len() == before && found.len() < MOST_FIELDS {
            found.push((path, value));
        }
    }
}

/// The selector of what `name` selects in what `parent` selects.
fn below(parent: &str, name: &str, listed: bool) -> String {
    match (parent, listed) {
        ("", _) => name.to_owned(),
        (_, true) => format!("{parent}[{name}]"),
        _ if name.starts_with('[') => format!("{parent}{name}"),
        _ => format!("{parent}.{name}"),
    }
}

/// The last columns of a CSV row, counted from its end: `-3`, `-2`, `-1`. A transform may put its inputs before the
/// output, and then only the end is the output.
pub(super) fn last_columns(row: &str) -> Vec<Leaf> {
    let paths: Vec<String> = (1..=LAST_COLUMNS)
        .rev()
        .map(|column| format!("-{column}"))
        .collect();
    let selectors: Vec<Selector> = paths
        .iter()
        .filter_map(|path| Selector::parse(path).ok())
        .collect();
    let mut found = Vec::new();
    fields(row, Encoding::Csv, &selectors, |index, field| {
        if let (Field::Text(text), Some(path)) = (field, paths.get(index)) {
            found.push((path.clone(), Some(text.into_owned())));
        }
    });
    found
}

/// What one field's values are like over all sampled records.
#[derive(Clone, Debug, Default)]
pub(super) struct Profile {
    pub(super) path: String,
    /// Records that have the field, null or not.
    pub(super) present: u64,
    pub(super) nulls: u64,
    pub(super) numbers: u64,
    pub(super) integers: u64,
    pub(super) least: f64,
    pub(super) most: f64,
    /// Values as classes, with their counts.
    pub(super) classes: BTreeMap<String, u64>,
    /// There are more different values than are told apart.
    pub(super) many: bool,
    pub(super) examples: Vec<String>,
}

impl Profile {
    pub(super) fn new(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            least: f64::INFINITY,
            most: f64::NEG_INFINITY,
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, value: Option<&str>) {
        self.present += 1;
        let Some(class) = value.and_then(|value| class_text(value, LabelType::Auto)) else {
            self.nulls += 1;
            return;
        };
        if let Some(number) = number(&class) {
            self.numbers += 1;
            self.integers += u64::from(number.fract() == 0.0);
            self.least = self.least.min(number);
            self.most = self.most.max(number);
        }
        if let Some(count) = self.classes.get_mut(class.as_ref()) {
            *count += 1;
        } else if self.classes.len() < MOST_CLASSES && class.len() <= MOST_CLASS_BYTES {
            self.classes.insert(class.to_string(), 1);
        } else {
            self.many = true;
        }
        if self.examples.len() < EXAMPLES {
            let example: String = class.chars().take(40).collect();
            if !self.examples.contains(&example) {
                self.examples.push(example);
            }
        }
    }

    /// Records in which the field has a value.
    pub(super) fn values(&self) -> u64 {
        self.present - self.nulls
    }

    pub(super) fn is_numeric(&self) -> bool {
        self.values() > 0 && self.numbers == self.values()
    }

    pub(super) fn is_whole(&self) -> bool {
        self.is_numeric() && self.integers == self.numbers
    }

    /// Numbers in [0, 1] that are not only 0 and 1.
    pub(super) fn is_probability(&self) -> bool {
        self.is_numeric() && self.least >= 0.0 && self.most <= 1.0 && !self.is_whole()
    }

    /// Few values that come again.
    pub(super) fn is_class(&self) -> bool {
        let different = self.classes.len() as u64;
        !self.many
            && different > 0
            && different <= 50
            && (different <= 2 || self.values() >= 2 * different)
            && (!self.is_numeric() || self.is_whole())
    }

    /// `0.02 to 0.98`, for numbers.
    pub(super) fn range(&self) -> Option<(f64, f64)> {
        self.is_numeric().then_some((self.least, self.most))
    }

    /// `number`, `whole number`, `probability`, `class`, `text`.
    pub(super) fn kind(&self) -> &'static str {
        if self.values() == 0 {
            "null"
        } else if self.is_probability() {
            "probability"
        } else if self.is_class() {
            "class"
        } else if self.is_whole() {
            "whole number"
        } else if self.is_numeric() {
            "number"
        } else {
            "text"
        }
    }
}

/// Profiles of many records' fields, in the order in which the fields were first seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Profiles {
    pub(super) records: u64,
    pub(super) fields: Vec<Profile>,
}

impl Profiles {
    pub(super) fn add(&mut self, leaves: &[Leaf]) {
        self.records += 1;
        for (path, value) in leaves {
            let known = self.fields.iter().position(|field| field.path == *path);
            let at = known.unwrap_or_else(|| {
                self.fields.push(Profile::new(path));
                self.fields.len() - 1
            });
            if known.is_some() || self.fields.len() <= 4 * MOST_FIELDS {
                if let Some(field) = self.fields.get_mut(at) {
                    field.add(value.as_deref());
                }
            } else {
                self.fields.pop();
            }
        }
    }

    /// The fields that nearly every record has, with a value: what an attribute can be.
    pub(super) fn reliable(&self) -> impl Iterator<Item = &Profile> {
        let records = self.records;
        self.fields
            .iter()
            .filter(move |field| field.values() > 0 && field.values() * 100 >= records * 99)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(record: &str, encoding: Encoding) -> Vec<String> {
        let found = leaves(record, encoding).into_iter();
        found
            .map(|(path, value)| format!("{path}={}", value.unwrap_or_default()))
            .collect()
    }

    #[test]
    fn every_leaf_has_a_selector_that_finds_it() {
        assert_eq!(paths("a,\"b,c\"", Encoding::Csv), ["0=a", "1=b,c"]);
        assert_eq!(paths("0.5", Encoding::Json), ["0=0.5"]);
        assert_eq!(paths("[0.1,0.9]", Encoding::Json), ["0=0.1", "1=0.9"]);
        let record = r#"{"score":0.5,"out":{"p":[0.1,0.9],"x y":{"z":"t"}},"n":null,"e":[]}"#;
        assert_eq!(
            paths(record, Encoding::Json),
            [
                "score=0.5",
                "out.p[0]=0.1",
                "out.p[1]=0.9",
                "out.x y.z=t",
                "n=",
                "e=[]"
            ]
        );
        let record = r#"{"predictions":[{"score":1}],"model":"m"}"#;
        assert_eq!(
            paths(record, Encoding::Json),
            ["predictions[0].score=1", "model=m"]
        );
        for (path, value) in leaves(record, Encoding::Json) {
            let mut found = None;
            let selector = Selector::parse(&path).into_iter().collect::<Vec<_>>();
            fields(record, Encoding::Json, &selector, |_, field| {
                if let Field::Text(text) = field {
                    found = Some(text.into_owned());
                }
            });
            assert_eq!(found, value, "{path}");
        }
    }

    fn profile(values: &[&str]) -> Profile {
        let mut profile = Profile::new("x");
        values.iter().for_each(|value| profile.add(Some(value)));
        profile
    }

    #[test]
    fn a_probability_is_a_number_within_0_and_1_and_not_only_0_and_1() {
        assert!(profile(&["0", "1", "0.25"]).is_probability());
        assert!(!profile(&["0", "1", "1.0"]).is_probability());
        assert!(!profile(&["0.5", "1.5"]).is_probability());
        assert!(!profile(&["0.5", "yes"]).is_probability());
    }

    #[test]
    fn a_class_is_one_of_few_values_that_come_again() {
        assert!(profile(&["1", "0"]).is_class());
        assert!(profile(&["True.", "False.", "True."]).is_class());
        assert!(!profile(&["a", "b", "c"]).is_class());
        assert!(!profile(&["1.5", "1.5", "2.5", "2.5"]).is_class());
    }

    #[test]
    fn columns_count_from_the_end() {
        let renamed = last_columns("7,8,0.5");
        let paths: Vec<_> = renamed.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["-3", "-2", "-1"]);
    }

    #[test]
    fn a_field_that_is_often_absent_is_not_reliable() {
        let mut profiles = Profiles::default();
        for n in 0..100 {
            let record = if n == 0 {
                r#"{"a":1,"b":2}"#
            } else {
                r#"{"a":1}"#
            };
            profiles.add(&leaves(record, Encoding::Json));
        }
        let reliable: Vec<_> = profiles
            .reliable()
            .map(|field| field.path.as_str())
            .collect();
        assert_eq!(reliable, ["a"]);
    }
}

//! What labels are: two classes, a few, or numbers.

use super::fields::Profile;

/// What the sampled labels are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LabelKind {
    /// None was seen.
    None,
    One(String),
    Two(String, String),
    /// Up to 50 classes that come again.
    Few,
    Continuous,
    Unclear,
}

/// Numbers with fractions are classes only where a good many labels have just two of them.
const MANY: u64 = 20;

impl LabelKind {
    pub(super) fn of(labels: &Profile) -> Self {
        let values = labels.values();
        let classes: Vec<&String> = labels.classes.keys().collect();
        let different = classes.len() as u64;
        let fractions = labels.is_numeric() && !labels.is_whole();
        match classes.as_slice() {
            _ if values == 0 => Self::None,
            _ if labels.many => Self::number_or_unclear(labels),
            _ if fractions && (different > 2 || values < MANY) => Self::Continuous,
            [one] => Self::One((*one).clone()),
            [one, two] => Self::Two((*one).clone(), (*two).clone()),
            _ if different <= 50 && values >= 2 * different => Self::Few,
            _ => Self::number_or_unclear(labels),
        }
    }

    fn number_or_unclear(labels: &Profile) -> Self {
        if labels.is_numeric() {
            Self::Continuous
        } else {
            Self::Unclear
        }
    }

    pub(super) fn classes(&self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one.clone()],
            Self::Two(one, two) => vec![one.clone(), two.clone()],
            _ => Vec::new(),
        }
    }

    /// `two classes, 0 and 1`
    pub(super) fn describe(&self) -> String {
        match self {
            Self::None => "no values".to_owned(),
            Self::One(one) => format!("one class so far, {one}"),
            Self::Two(one, two) => format!("two classes, {one} and {two}"),
            Self::Few => "a few classes".to_owned(),
            Self::Continuous => "numbers".to_owned(),
            Self::Unclear => "many different texts".to_owned(),
        }
    }
}

/// Names of the class that is looked for, and of the other.
const POSITIVE: &[&str] = &[
    "1",
    "true",
    "t",
    "yes",
    "y",
    "positive",
    "pos",
    "churn",
    "churned",
    "fraud",
    "fraudulent",
    "spam",
    "default",
    "bad",
    "anomaly",
    "abnormal",
    "malignant",
    "click",
    "clicked",
    "converted",
];
const NEGATIVE: &[&str] = &[
    "0",
    "-1",
    "false",
    "f",
    "no",
    "n",
    "negative",
    "neg",
    "none",
    "ham",
    "good",
    "normal",
    "benign",
    "legit",
    "legitimate",
];

/// Which of the classes is the positive one, by name; of two that say nothing, the second in order.
pub(super) fn positive_of(classes: &[String]) -> Option<String> {
    let plain = |class: &String| {
        let lower = class.to_lowercase();
        lower.trim_end_matches('.').to_owned()
    };
    let named = |names: &[&str]| {
        let found = classes
            .iter()
            .find(|class| names.contains(&plain(class).as_str()));
        found.cloned()
    };
    let not = |prefix: &str, class: &String| plain(class).starts_with(prefix);
    named(POSITIVE)
        .or_else(|| {
            let negative = named(NEGATIVE).or_else(|| {
                let mut negated = classes.iter();
                negated
                    .find(|class| {
                        ["not", "non", "no_", "no-", "no "]
                            .iter()
                            .any(|p| not(p, class))
                    })
                    .cloned()
            })?;
            let mut others = classes.iter();
            others.find(|class| **class != negative).cloned()
        })
        .or_else(|| match classes {
            [_, second] => Some(second.clone()),
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(values: &[&str]) -> LabelKind {
        let mut profile = Profile::new("label");
        values.iter().for_each(|value| profile.add(Some(value)));
        LabelKind::of(&profile)
    }

    #[test]
    fn labels_tell_the_kind_of_problem() {
        assert_eq!(kind(&[]), LabelKind::None);
        assert_eq!(kind(&["1", "1.0"]), LabelKind::One("1".into()));
        assert_eq!(
            kind(&["1", "0", "1"]),
            LabelKind::Two("0".into(), "1".into())
        );
        assert_eq!(kind(&["12.5", "13.25"]), LabelKind::Continuous);
        assert_eq!(kind(&["a", "b", "c", "a", "b", "c"]), LabelKind::Few);
        assert_eq!(kind(&["a", "b", "c"]), LabelKind::Unclear);
        let numbers: Vec<String> = (0..80).map(|n| n.to_string()).collect();
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        assert_eq!(kind(&numbers), LabelKind::Continuous);
    }

    #[test]
    fn the_positive_class_is_known_by_its_name() {
        for (one, two, positive) in [
            ("0", "1", "1"),
            ("False.", "True.", "True."),
            ("churn", "stay", "churn"),
            ("fraud", "legit", "fraud"),
            ("good", "risky", "risky"),
            ("churner", "not_churner", "churner"),
            ("a", "b", "b"),
        ] {
            let classes = [one.to_owned(), two.to_owned()];
            assert_eq!(positive_of(&classes).as_deref(), Some(positive));
        }
        assert_eq!(positive_of(&["x".to_owned()]), None);
    }
}

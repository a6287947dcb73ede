//! The variables of a processing job.

use std::collections::BTreeMap;
use std::ffi::OsString;

/// Characters of a value in a message.
const SHOWN: usize = 200;

/// Longest path or URI.
const LONGEST_PATH: usize = 4096;

/// Longest value of any other variable.
const LONGEST: usize = 64 << 10;

/// The variables that mean something to the merger or the analyzer.
const READ: [&str; 22] = [
    "analysis_type",
    "baseline_constraints",
    "dataset_format",
    "dataset_source",
    "end_time",
    "ground_truth_attribute",
    "ground_truth_source",
    "inference_attribute",
    "metric_time",
    "output_path",
    "positive_label",
    "post_analytics_processor_script",
    "probability_attribute",
    "probability_threshold_attribute",
    "problem_type",
    "publish_cloudwatch_metrics",
    "record_preprocessor_script",
    "sagemaker_endpoint_name",
    "sagemaker_monitoring_schedule_name",
    "start_time",
    // Known, and nothing is done with them.
    "baseline_statistics",
    "sagemaker_endpoint_datacapture_prefix",
];

/// A variable that a job cannot be run with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the variable `{name}` {what}; expected {expected}")]
pub struct VariableError {
    pub name: &'static str,
    /// What is wrong, with the value where there is one.
    pub what: String,
    /// What it may be.
    pub expected: String,
    /// A line of the job's Environment that would do, or what else to do.
    pub hint: String,
}

/// Variables by name. Empty ones count as absent, as SDKs write them.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
}

impl Environment {
    /// Takes the variables of the process; what is not UTF-8 is shown with replacement characters, and is refused where
    /// it matters by what it then says.
    pub fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let text = |text: OsString| text.to_string_lossy().into_owned();
        let variables = variables
            .into_iter()
            .map(|(name, value)| (text(name), text(value)))
            .collect();
        Self { variables }
    }

    /// The names that a merger or an analyzer reads.
    pub fn known() -> impl Iterator<Item = &'static str> {
        READ.into_iter()
    }

    /// The names that neither reads; a misspelt one is among them.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        let names = self.variables.keys().map(String::as_str);
        names.filter(|name| !READ.contains(name))
    }

    /// The value, without blanks around it.
    pub(crate) fn get(&self, name: &'static str) -> Option<&str> {
        let value = self.variables.get(name)?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// A value of bounded length, or `None`.
    pub(crate) fn text(&self, name: &'static str) -> Result<Option<String>, VariableError> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        if value.len() > LONGEST {
            let expected = format!("at most {LONGEST} bytes");
            return Err(refused(name, value, &expected, "shorten it"));
        }
        Ok(Some(value.to_owned()))
    }

    /// A value that must be there.
    pub(crate) fn require(
        &self,
        name: &'static str,
        expected: &str,
        example: &str,
    ) -> Result<String, VariableError> {
        self.text(name)?
            .ok_or_else(|| missing(name, expected, example))
    }

    /// A path or a URI, or `None`.
    pub(crate) fn path(
        &self,
        name: &'static str,
        example: &str,
    ) -> Result<Option<String>, VariableError> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let plain = !value.chars().any(char::is_control);
        match plain && value.len() <= LONGEST_PATH {
            true => Ok(Some(value.to_owned())),
            false => {
                let expected =
                    format!("a path of at most {LONGEST_PATH} bytes without control characters");
                Err(refused(name, value, &expected, &as_in(name, example)))
            }
        }
    }

    /// One of some words.
    pub(crate) fn choice<T: Copy>(
        &self,
        name: &'static str,
        choices: &[(&str, T)],
    ) -> Result<Option<T>, VariableError> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        if let Some((_, choice)) = choices.iter().find(|(word, _)| *word == value) {
            return Ok(Some(*choice));
        }
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let folded = |text: &str| -> String {
            let letters = text.chars().filter(|c| c.is_ascii_alphanumeric());
            letters.collect::<String>().to_ascii_lowercase()
        };
        let near = words.iter().find(|word| folded(word) == folded(value));
        let example = near.or(words.first()).copied().unwrap_or_default();
        let expected = match words.split_last() {
            Some((last, [])) => (*last).to_owned(),
            Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
            None => String::new(),
        };
        Err(refused(name, value, &expected, &as_in(name, example)))
    }
}

/// A variable that is not there.
pub(crate) fn missing(name: &'static str, expected: &str, example: &str) -> VariableError {
    VariableError {
        name,
        what: "is not set".to_owned(),
        expected: expected.to_owned(),
        hint: as_in(name, example),
    }
}

/// A value that will not do.
pub(crate) fn refused(
    name: &'static str,
    value: &str,
    expected: &str,
    hint: &str,
) -> VariableError {
    VariableError {
        name,
        what: format!("is `{}`", shown(value)),
        expected: expected.to_owned(),
        hint: hint.to_owned(),
    }
}

/// `in the job's Environment: "problem_type": "Regression"`
pub(crate) fn as_in(name: &str, example: &str) -> String {
    let example = serde_json::Value::from(example);
    format!("in the job's Environment: \"{name}\": {example}")
}

/// Foreign text in a message: on one line, and not too long.
pub(crate) fn shown(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(SHOWN)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
pub(crate) mod tests {
    use super::*;

    /// An environment of some variables.
    pub(crate) fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::new(
            variables
                .iter()
                .map(|(name, value)| (OsString::from(name), OsString::from(value))),
        )
    }

    #[test]
    fn an_empty_variable_is_an_absent_one() {
        let found = environment(&[("inference_attribute", "  "), ("problem_type", " x ")]);
        assert_eq!(found.get("inference_attribute"), None);
        assert_eq!(found.get("problem_type"), Some("x"));
    }

    #[test]
    fn a_choice_in_another_spelling_is_named_in_the_hint() {
        let choices = [("Regression", 1), ("BinaryClassification", 2)];
        let found = environment(&[("problem_type", "binary_classification")]);
        let error = found.choice("problem_type", &choices).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the variable `problem_type` is `binary_classification`; expected Regression or BinaryClassification"
        );
        assert_eq!(
            error.hint,
            r#"in the job's Environment: "problem_type": "BinaryClassification""#
        );
    }

    #[test]
    fn values_of_strangers_are_cut_and_stay_on_one_line() {
        let long = "a\n".repeat(400);
        let found = environment(&[("output_path", &long)]);
        let error = found.path("output_path", "/opt").unwrap_err().to_string();
        assert!(error.len() < 400 && !error.contains('\n'), "{error}");
        let found = environment(&[("start_time", &"9".repeat(LONGEST + 1))]);
        let error = found.text("start_time").unwrap_err().to_string();
        assert!(error.len() < 400, "{error}");
    }

    #[test]
    fn what_neither_container_reads_is_unknown() {
        let found = environment(&[("dataset_sorce", "x"), ("dataset_source", "y")]);
        assert_eq!(found.unknown().collect::<Vec<_>>(), ["dataset_sorce"]);
        assert!(Environment::known().any(|name| name == "metric_time"));
    }
}

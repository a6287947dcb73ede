//! What SageMaker was asked for, as `/opt/ml/config/processingjobconfig.json` has it (formats.md 10.3).

use serde_json::Value;

use super::environment::shown;

/// Inputs and names that a message lists.
const LISTED: usize = 8;

/// The request of a job. Only messages use it: what a job does, its environment says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobRequest {
    /// Name, place in S3 and local folder of each input.
    inputs: Vec<(String, String, String)>,
    /// Names of the variables of the request.
    variables: Vec<String>,
}

impl JobRequest {
    /// Reads what there is of the request; `None` where it is no JSON object.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let request: Value = serde_json::from_slice(bytes).ok()?;
        let request = request.as_object()?;
        let text = |value: Option<&Value>| shown(value.and_then(Value::as_str).unwrap_or_default());
        let inputs = request.get("ProcessingInputs").and_then(Value::as_array);
        let inputs = inputs.into_iter().flatten().map(|input| {
            let place = input.get("S3Input").unwrap_or(input);
            (
                text(input.get("InputName")),
                text(place.get("S3Uri")),
                text(place.get("LocalPath")),
            )
        });
        let variables = request.get("Environment").and_then(Value::as_object);
        Some(Self {
            inputs: inputs.filter(|(_, _, local)| !local.is_empty()).collect(),
            variables: variables
                .into_iter()
                .flat_map(|variables| variables.keys().map(|name| shown(name)))
                .collect(),
        })
    }

    /// Which inputs of the job lie at or below a folder, for a message about it.
    pub fn inputs_below(&self, folder: &str) -> Option<String> {
        if self.inputs.is_empty() {
            return None;
        }
        let folder = folder.trim_end_matches('/');
        let below = |local: &str| {
            let rest = local.strip_prefix(folder);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let found: Vec<String> = self
            .inputs
            .iter()
            .filter(|(_, _, local)| below(local))
            .map(|(name, place, local)| format!("{name} ({place} at {local})"))
            .collect();
        Some(match found.is_empty() {
            true => format!("the job has no ProcessingInput at or below `{folder}`"),
            false => format!("the job's inputs there: {}", listed(&found)),
        })
    }

    /// Which variables the request has, for a message about one that is missing.
    pub fn variables(&self) -> Option<String> {
        match self.variables.is_empty() {
            true => None,
            false => Some(format!(
                "the job's Environment has {}",
                listed(&self.variables)
            )),
        }
    }
}

/// The first of some names, and how many more there are.
pub(crate) fn listed(names: &[String]) -> String {
    let more = names.len().saturating_sub(LISTED);
    let mut text = names
        .iter()
        .take(LISTED)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    const REQUEST: &str = r#"{
        "Environment": {"dataset_source": "/in", "problem_typ": "Regression"},
        "ProcessingInputs": [
            {"InputName": "endpoint_input_1",
             "S3Input": {"S3Uri": "s3://b/dc/2026/01/01/00", "LocalPath": "/in/e/v/2026/01/01/00"}},
            {"InputName": "other", "S3Input": {"S3Uri": "s3://b/x", "LocalPath": "/input"}},
            {"InputName": 7}
        ]}"#;

    #[test]
    fn inputs_are_found_by_the_folder_that_they_land_in() {
        let request = JobRequest::parse(REQUEST.as_bytes()).unwrap();
        assert_eq!(
            request.inputs_below("/in/").unwrap(),
            "the job's inputs there: endpoint_input_1 (s3://b/dc/2026/01/01/00 at /in/e/v/2026/01/01/00)"
        );
        assert_eq!(
            request.inputs_below("/groundtruth").unwrap(),
            "the job has no ProcessingInput at or below `/groundtruth`"
        );
        assert_eq!(
            request.variables().unwrap(),
            "the job's Environment has dataset_source, problem_typ"
        );
    }

    #[test]
    fn a_request_that_is_none_says_nothing() {
        assert_eq!(JobRequest::parse(b"[1]"), None);
        assert_eq!(JobRequest::parse(b"{"), None);
        let empty = JobRequest::parse(b"{}").unwrap();
        assert_eq!((empty.inputs_below("/in"), empty.variables()), (None, None));
    }
}

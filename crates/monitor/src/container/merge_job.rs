//! What a merge job is asked to do (formats.md 4.2).

use super::environment::{Environment, VariableError};

const DATASET_SOURCE: &str = "/opt/ml/processing/input_data";
const GROUND_TRUTH_SOURCE: &str = "/opt/ml/processing/groundtruth";
const OUTPUT_PATH: &str = "/opt/ml/processing/output";

/// A merge job. It joins whole hour folders: no window, no attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeJob {
    /// Captures as `{endpoint}/{variant}/yyyy/mm/dd/hh/*.jsonl`, or the outputs of batch transforms.
    pub dataset_source: String,
    /// Labels as `yyyy/mm/dd/hh/*.jsonl`.
    pub ground_truth_source: String,
    pub output_path: String,
    /// In the paths of merged batch transforms.
    pub schedule: Option<String>,
}

impl MergeJob {
    /// Reads the variables; those that are not set have SageMaker's paths.
    pub fn read(environment: &Environment) -> Result<Self, VariableError> {
        let path = |name, default: &str| {
            let given = environment.path(name, default)?;
            Ok(given.unwrap_or_else(|| default.to_owned()))
        };
        Ok(Self {
            dataset_source: path("dataset_source", DATASET_SOURCE)?,
            ground_truth_source: path("ground_truth_source", GROUND_TRUTH_SOURCE)?,
            output_path: path("output_path", OUTPUT_PATH)?,
            schedule: environment.text("sagemaker_monitoring_schedule_name")?,
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::super::environment::tests::environment;
    use super::*;

    #[test]
    fn paths_that_are_not_set_are_sagemakers() {
        let job = MergeJob::read(&environment(&[("output_path", "/elsewhere")])).unwrap();
        assert_eq!(job.dataset_source, "/opt/ml/processing/input_data");
        assert_eq!(job.ground_truth_source, "/opt/ml/processing/groundtruth");
        assert_eq!(job.output_path, "/elsewhere");
    }
}

//! What an analysis is asked to do (formats.md 10.1).

use groundline_quality::ProblemType;
use groundline_store::{Hour, Window};

use super::dataset_format::DatasetFormat;
use super::environment::{Environment, VariableError, as_in, missing, refused};

/// An analysis of model quality.
#[derive(Clone, Debug, PartialEq)]
pub struct AnalyzeJob {
    pub problem_type: ProblemType,
    pub format: DatasetFormat,
    /// A folder or a file.
    pub dataset_source: String,
    pub output_path: String,
    /// The file that the metrics are held against; without one only a baseline is made.
    pub constraints: Option<String>,
    pub attributes: Attributes,
    /// The hour folders of merged records that are read; `None` is all of them.
    pub window: Option<Window>,
    /// Where metrics go besides the files; `None` is nowhere.
    pub cloudwatch: Option<CloudWatch>,
    /// What was set and changes nothing.
    pub notes: Vec<String>,
}

/// Where the values of a record are, and what they mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attributes {
    pub inference: Option<String>,
    pub probability: Option<String>,
    pub probability_threshold: Option<f64>,
    pub ground_truth: Option<String>,
    /// The class that counts as positive.
    pub positive_label: Option<String>,
}

/// What the points for CloudWatch say beside their values (formats.md 8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudWatch {
    /// Microseconds since the epoch, UTC.
    pub timestamp: i64,
    /// Absent for batch transforms.
    pub endpoint: Option<String>,
    pub schedule: String,
}

const TIME: &str = "a time in UTC such as 2026-05-06T22:00:00Z";

impl AnalyzeJob {
    /// Reads and checks all variables.
    pub fn read(environment: &Environment) -> Result<Self, VariableError> {
        analysis_type(environment)?;
        refuse_scripts(environment)?;
        let kinds = ProblemType::ALL.map(|kind| (kind.as_str(), kind));
        let problem_type = environment.choice("problem_type", &kinds)?.ok_or_else(|| {
            missing(
                "problem_type",
                &kinds.map(|(name, _)| name).join(" or "),
                "BinaryClassification",
            )
        })?;
        let format = DatasetFormat::read(environment)?;
        let folder = |name, example| {
            let given = environment.path(name, example)?;
            given.ok_or_else(|| missing(name, "a path", example))
        };
        let (start, end) = (
            time(environment, "start_time")?,
            time(environment, "end_time")?,
        );
        let mut notes = Vec::new();
        let window = match format {
            DatasetFormat::Merged => window(start, end)?,
            _ => None,
        };
        Ok(Self {
            dataset_source: folder("dataset_source", "/opt/ml/processing/input_data")?,
            output_path: folder("output_path", "/opt/ml/processing/output")?,
            constraints: environment.path(
                "baseline_constraints",
                "/opt/ml/processing/baseline/constraints/constraints.json",
            )?,
            attributes: attributes(environment, problem_type, format, &mut notes)?,
            cloudwatch: cloudwatch(environment, start)?,
            problem_type,
            format,
            window,
            notes,
        })
    }
}

fn analysis_type(environment: &Environment) -> Result<(), VariableError> {
    const NAME: &str = "analysis_type";
    let expected = "MODEL_QUALITY, which is what groundline measures";
    let given = environment.require(NAME, expected, "MODEL_QUALITY")?;
    if given == "MODEL_QUALITY" {
        return Ok(());
    }
    let hint = match given.to_ascii_uppercase().as_str() {
        "MODEL_QUALITY" => as_in(NAME, "MODEL_QUALITY"),
        "MODEL_BIAS" | "MODEL_EXPLAINABILITY" => {
            "bias and explainability are SageMaker Clarify's: keep its container for this job".to_owned()
        }
        _ => "for data quality use Deequ or another profiler over the captures (`groundline sql` writes them as Parquet)"
            .to_owned(),
    };
    Err(refused(NAME, &given, expected, &hint))
}

/// Scripts are Python that SageMaker's container runs; ours would give figures without them and say nothing.
fn refuse_scripts(environment: &Environment) -> Result<(), VariableError> {
    for (name, hint) in [
        (
            "record_preprocessor_script",
            "drop records by SQL over the columns of `predictions` in the variable GROUNDLINE_WHERE; BASE64 and JSON of \
             several records are read without a script; for anything else, `groundline merge --sql` and own columns",
        ),
        (
            "post_analytics_processor_script",
            "metrics of your own are SQL in the folder of the variable GROUNDLINE_METRICS_DIR; a page comes from \
             `groundline report`",
        ),
    ] {
        if let Some(script) = environment.get(name) {
            return Err(refused(
                name,
                script,
                "nothing: groundline runs no Python",
                hint,
            ));
        }
    }
    Ok(())
}

fn attributes(
    environment: &Environment,
    problem_type: ProblemType,
    format: DatasetFormat,
    notes: &mut Vec<String>,
) -> Result<Attributes, VariableError> {
    let mut found = Attributes {
        inference: environment.text("inference_attribute")?,
        probability: environment.text("probability_attribute")?,
        probability_threshold: threshold(environment)?,
        ground_truth: environment.text("ground_truth_attribute")?,
        positive_label: environment.text("positive_label")?,
    };
    let binary = problem_type == ProblemType::BinaryClassification;
    if !binary {
        for (name, given) in [
            ("probability_attribute", found.probability.take().is_some()),
            (
                "probability_threshold_attribute",
                found.probability_threshold.take().is_some(),
            ),
            ("positive_label", found.positive_label.take().is_some()),
        ] {
            if given {
                let kind = problem_type.as_str();
                notes.push(format!("`{name}` changes nothing of {kind}"));
            }
        }
    }
    let (where_, example) = match format {
        DatasetFormat::Merged => (
            "an index such as 0 in CSV, a path such as predictions[0].score in JSON",
            "0",
        ),
        DatasetFormat::JsonLines => ("a path in each line", "prediction"),
        _ => ("a column's name, or its number from 0", "prediction"),
    };
    if found.inference.is_none() && found.probability.is_none() {
        let or = match binary {
            true => ", or the variable `probability_attribute`",
            false => "",
        };
        let expected = format!("where the prediction is: {where_}{or}");
        return Err(missing("inference_attribute", &expected, example));
    }
    if format != DatasetFormat::Merged && found.ground_truth.is_none() {
        let expected = format!("where the label is: {where_}");
        return Err(missing("ground_truth_attribute", &expected, "label"));
    }
    if found.inference.is_some() && found.probability_threshold.is_some() {
        notes.push(
            "`probability_threshold_attribute` changes nothing: `inference_attribute` says what is predicted".to_owned(),
        );
    }
    Ok(found)
}

fn threshold(environment: &Environment) -> Result<Option<f64>, VariableError> {
    const NAME: &str = "probability_threshold_attribute";
    let Some(text) = environment.text(NAME)? else {
        return Ok(None);
    };
    match text.parse::<f64>() {
        Ok(number) if (0.0..=1.0).contains(&number) => Ok(Some(number)),
        _ => Err(refused(
            NAME,
            &text,
            "a number from 0 to 1",
            &as_in(NAME, "0.5"),
        )),
    }
}

/// Microseconds since the epoch.
fn time(environment: &Environment, name: &'static str) -> Result<Option<i64>, VariableError> {
    let Some(text) = environment.text(name)? else {
        return Ok(None);
    };
    match text.parse::<jiff::Timestamp>() {
        Ok(time) => Ok(Some(time.as_microsecond())),
        Err(_) => Err(refused(
            name,
            &text,
            TIME,
            &as_in(name, "2026-05-06T22:00:00Z"),
        )),
    }
}

/// Every hour folder that has a part of `[start, end)`.
fn window(start: Option<i64>, end: Option<i64>) -> Result<Option<Window>, VariableError> {
    let (name, expected) = match (start, end) {
        (None, None) => return Ok(None),
        (Some(_), None) => ("end_time", "both `start_time` and `end_time`, or neither"),
        (None, Some(_)) => ("start_time", "both `start_time` and `end_time`, or neither"),
        (Some(start), Some(end)) => {
            let from = Hour::from_micros(start);
            let last = Hour::from_micros(end.saturating_sub(1));
            if start < end {
                return Ok(Window::new(from, last.plus(1)).ok());
            }
            let error = VariableError {
                name: "end_time",
                what: "is not after `start_time`".to_owned(),
                expected: TIME.to_owned(),
                hint: "the window is half-open: end_time is the first instant that is not in it"
                    .to_owned(),
            };
            return Err(error);
        }
    };
    Err(missing(name, expected, "2026-05-06T23:00:00Z"))
}

fn cloudwatch(
    environment: &Environment,
    start: Option<i64>,
) -> Result<Option<CloudWatch>, VariableError> {
    let choices = [("Enabled", true), ("Disabled", false)];
    let published = environment.choice("publish_cloudwatch_metrics", &choices)?;
    // Malformed is malformed, published or not.
    let given = time(environment, "metric_time")?;
    if published != Some(true) {
        return Ok(None);
    }
    let timestamp = given.or(start).ok_or_else(|| {
        missing(
            "metric_time",
            "the time of the points for CloudWatch, or else `start_time`",
            "2026-05-06T22:00:00Z",
        )
    })?;
    Ok(Some(CloudWatch {
        timestamp,
        endpoint: environment.text("sagemaker_endpoint_name")?,
        schedule: environment.require(
            "sagemaker_monitoring_schedule_name",
            "the name of the dimension MonitoringSchedule",
            "churn-hourly",
        )?,
    }))
}

#[cfg(test)]
mod tests;

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use super::super::environment::tests::environment;
use super::*;

/// The variables of a scheduled run, as SageMaker sets them.
const RUN: [(&str, &str); 13] = [
    ("analysis_type", "MODEL_QUALITY"),
    ("baseline_constraints", "/b/constraints.json"),
    (
        "dataset_format",
        r#"{"sagemakerMergeJson":{"captureIndexNames":["endpointOutput"]}}"#,
    ),
    ("dataset_source", "/in"),
    ("end_time", "2026-05-06T23:00:00Z"),
    ("inference_attribute", "0"),
    ("metric_time", "2026-05-06T22:00:00Z"),
    ("output_path", "/out"),
    ("problem_type", "Regression"),
    ("publish_cloudwatch_metrics", "Enabled"),
    ("sagemaker_endpoint_name", "shop"),
    ("sagemaker_monitoring_schedule_name", "shop-hourly"),
    ("start_time", "2026-05-06T22:00:00Z"),
];

/// The run with some variables set otherwise; an empty one is taken away.
fn read(changes: &[(&'static str, &str)]) -> Result<AnalyzeJob, VariableError> {
    let unchanged = RUN
        .iter()
        .filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    let variables: Vec<(&str, &str)> = unchanged.chain(changes).copied().collect();
    AnalyzeJob::read(&environment(&variables))
}

#[test]
fn a_scheduled_run_is_read_as_sagemaker_writes_it() {
    let job = read(&[]).unwrap();
    let hour = |text: &str| Hour::parse(text).unwrap();
    assert_eq!(job.problem_type, ProblemType::Regression);
    assert_eq!(job.format, DatasetFormat::Merged);
    assert_eq!(job.constraints.as_deref(), Some("/b/constraints.json"));
    assert_eq!(job.attributes.inference.as_deref(), Some("0"));
    assert_eq!(
        job.window,
        Some(Window::new(hour("2026-05-06T22"), hour("2026-05-06T23")).unwrap())
    );
    assert_eq!(
        job.cloudwatch,
        Some(CloudWatch {
            timestamp: hour("2026-05-06T22").micros(),
            endpoint: Some("shop".into()),
            schedule: "shop-hourly".into(),
        })
    );
    assert!(job.notes.is_empty());
}

#[test]
fn a_window_takes_every_hour_that_it_touches() {
    let job = read(&[
        ("start_time", "2026-05-06T21:30:00Z"),
        ("end_time", "2026-05-06T23:00:01Z"),
    ]);
    let window = job.unwrap().window.unwrap();
    assert_eq!(window.from, Hour::parse("2026-05-06T21").unwrap());
    assert_eq!(window.to, Hour::parse("2026-05-07T00").unwrap());
}

#[test]
fn each_variable_that_is_missing_or_malformed_is_named_with_an_example() {
    let cases: [(&'static str, &str, &str, &str); 24] = [
        ("analysis_type", "", "is not set", "MODEL_QUALITY"),
        (
            "analysis_type",
            "DATA_QUALITY",
            "is `DATA_QUALITY`",
            "Deequ",
        ),
        ("analysis_type", "MODEL_BIAS", "is `MODEL_BIAS`", "Clarify"),
        (
            "analysis_type",
            "model_quality",
            "is `model_quality`",
            "MODEL_QUALITY",
        ),
        ("problem_type", "", "is not set", "BinaryClassification"),
        (
            "problem_type",
            "regression",
            "is `regression`",
            "Regression",
        ),
        ("dataset_format", "", "is not set", "sagemakerMergeJson"),
        ("dataset_format", "{", "is `{`", "sagemakerMergeJson"),
        (
            "dataset_source",
            "",
            "is not set",
            "/opt/ml/processing/input_data",
        ),
        ("output_path", "", "is not set", "/opt/ml/processing/output"),
        ("inference_attribute", "", "is not set", "\"0\""),
        ("start_time", "", "is not set", "2026-05-06"),
        ("end_time", "", "is not set", "2026-05-06"),
        (
            "start_time",
            "2026-05-06 T22:00:00Z",
            "is `2026-05-06 T22:00:00Z`",
            "2026-05-06T22:00:00Z",
        ),
        (
            "end_time",
            "2026-05-06T22:00:00",
            "is `2026-05-06T22:00:00`",
            "2026-05-06T22:00:00Z",
        ),
        (
            "end_time",
            "2026-05-06T22:00:00Z",
            "is not after `start_time`",
            "half-open",
        ),
        (
            "metric_time",
            "yesterday",
            "is `yesterday`",
            "2026-05-06T22:00:00Z",
        ),
        ("publish_cloudwatch_metrics", "true", "is `true`", "Enabled"),
        (
            "publish_cloudwatch_metrics",
            "enabled",
            "is `enabled`",
            "\"Enabled\"",
        ),
        (
            "sagemaker_monitoring_schedule_name",
            "",
            "is not set",
            "churn-hourly",
        ),
        (
            "probability_threshold_attribute",
            "half",
            "is `half`",
            "\"0.5\"",
        ),
        (
            "probability_threshold_attribute",
            "1.5",
            "is `1.5`",
            "\"0.5\"",
        ),
        (
            "record_preprocessor_script",
            "/opt/p.py",
            "is `/opt/p.py`",
            "GROUNDLINE_WHERE",
        ),
        (
            "post_analytics_processor_script",
            "/opt/q.py",
            "is `/opt/q.py`",
            "GROUNDLINE_METRICS_DIR",
        ),
    ];
    for (name, value, what, hint) in cases {
        let error = read(&[(name, value)]).unwrap_err();
        assert_eq!((error.name, error.what.as_str()), (name, what));
        assert!(error.hint.contains(hint), "{name}: {}", error.hint);
        assert!(!error.expected.is_empty(), "{name}");
    }
}

#[test]
fn a_binary_model_needs_a_prediction_or_a_probability() {
    let binary = ("problem_type", "BinaryClassification");
    let none = ("inference_attribute", "");
    let error = read(&[binary, none]).unwrap_err();
    assert!(
        error.expected.contains("`probability_attribute`"),
        "{error}"
    );
    let job = read(&[
        binary,
        none,
        ("probability_attribute", "0"),
        ("probability_threshold_attribute", "0.3"),
    ]);
    assert_eq!(job.unwrap().attributes.probability_threshold, Some(0.3));
}

#[test]
fn what_changes_nothing_is_noted() {
    let job = read(&[("probability_attribute", "1"), ("positive_label", "yes")]).unwrap();
    assert_eq!(
        job.notes,
        [
            "`probability_attribute` changes nothing of Regression",
            "`positive_label` changes nothing of Regression"
        ]
    );
    assert_eq!(job.attributes.probability, None);
}

#[test]
fn a_baseline_needs_a_label() {
    let table = ("dataset_format", r#"{"csv":{"header":true}}"#);
    let error = read(&[table, ("baseline_constraints", "")]).unwrap_err();
    assert_eq!(error.name, "ground_truth_attribute");
    let job = read(&[table, ("ground_truth_attribute", "label")]).unwrap();
    assert_eq!(job.format, DatasetFormat::Csv { header: true });
    assert_eq!(job.window, None, "a table has no hours");
}

#[test]
fn nothing_is_published_unless_it_is_asked_for() {
    for value in ["Disabled", ""] {
        let job = read(&[
            ("publish_cloudwatch_metrics", value),
            ("sagemaker_monitoring_schedule_name", ""),
        ]);
        assert_eq!(job.unwrap().cloudwatch, None);
    }
    let job = read(&[("metric_time", ""), ("sagemaker_endpoint_name", "")]);
    let published = job.unwrap().cloudwatch.unwrap();
    assert_eq!(published.endpoint, None);
    assert_eq!(
        published.timestamp,
        Hour::parse("2026-05-06T22").unwrap().micros()
    );
}

//! What of an execution is published.

use groundline_quality::{Figure, ProblemType};
use groundline_report::Point;

/// What an execution found.
#[derive(Clone, Copy, Debug)]
pub struct ExecutionFigures<'a> {
    pub problem_type: ProblemType,
    /// Empty where nothing was measured.
    pub figures: &'a [Figure],
    /// Constraints that are violated; `None` where none were checked.
    pub violations: Option<u64>,
    /// Share of the window's prediction records that have a label; `None` where that is not known.
    pub label_coverage: Option<f64>,
    /// The run came to its end, with violations or without.
    pub completed: bool,
    /// Microseconds since the epoch: where the window begins.
    pub window_start: i64,
    /// Microseconds since the epoch: when the run was scheduled, or took place.
    pub run_time: i64,
}

/// Which of an execution's times its points have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PointTime {
    /// Where the window begins, as SageMaker has it (formats.md 8).
    #[default]
    Window,
    /// The run's: for alarms, which do not look days back.
    Run,
}

impl PointTime {
    /// Reads the words of the configuration.
    pub fn parse(text: &str) -> Result<Self, String> {
        [Self::Window, Self::Run]
            .into_iter()
            .find(|time| time.as_str() == text)
            .ok_or_else(|| format!("`{text}` is no time of a point: window or run"))
    }

    /// As the configuration has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Window => "window",
            Self::Run => "run",
        }
    }
}

/// How points are made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PointOptions {
    pub time: PointTime,
    /// Of every point, in this order.
    pub dimensions: Vec<(String, String)>,
    /// Our own metrics and those of single classes too, not only what SageMaker publishes.
    pub publish_all: bool,
}

/// A metric that has no value in the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undefined {
    pub metric: String,
    /// As files say it (`no_positives`).
    pub reason: Option<&'static str>,
}

/// What is published of an execution, and what cannot be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points {
    /// In the order of the figures; then `violations`, `label_coverage` and `run_completed`.
    pub points: Vec<Point>,
    /// Metrics that would have been published, and are undefined.
    pub undefined: Vec<Undefined>,
}

/// The points of an execution: SageMaker's scalars (17 of binary classification), and of our own the number of violated
/// constraints, the label coverage and whether the run completed (1 or 0). All without a unit, as SageMaker's are.
pub fn points(execution: &ExecutionFigures<'_>, options: &PointOptions) -> Points {
    let mut out = Points::default();
    let chosen = execution.figures.iter().filter(|figure| {
        options.publish_all || execution.problem_type.is_sagemakers(&figure.metric)
    });
    let point = |metric: &str, value: f64| Point {
        metric: metric.to_owned(),
        value,
        timestamp: match options.time {
            PointTime::Window => execution.window_start,
            PointTime::Run => execution.run_time,
        },
        dimensions: options.dimensions.clone(),
        unit: None,
    };
    for figure in chosen {
        // One of the user's own may have one of the three names below; what the run itself says comes last and stays.
        if OWN.contains(&figure.metric.as_ref()) {
            continue;
        }
        match figure.value {
            Some(value) => out.points.push(point(&figure.metric, value)),
            None => out.undefined.push(Undefined {
                metric: figure.metric.to_string(),
                reason: figure.reason.map(|reason| reason.as_str()),
            }),
        }
    }
    let [violations, label_coverage, run_completed] = OWN;
    if let Some(count) = execution.violations {
        out.points.push(point(violations, count as f64));
    }
    if let Some(share) = execution.label_coverage {
        out.points.push(point(label_coverage, share));
    }
    let completed = if execution.completed { 1.0 } else { 0.0 };
    out.points.push(point(run_completed, completed));
    out
}

/// What is said of the run itself.
const OWN: [&str; 3] = ["violations", "label_coverage", "run_completed"];

#[cfg(test)]
mod tests {
    use groundline_quality::Reason;

    use super::*;

    fn execution(figures: &[Figure]) -> ExecutionFigures<'_> {
        ExecutionFigures {
            problem_type: ProblemType::BinaryClassification,
            figures,
            violations: Some(2),
            label_coverage: Some(0.75),
            completed: true,
            window_start: 1_000_000,
            run_time: 9_000_000,
        }
    }

    fn told(points: &Points) -> Vec<(&str, f64, i64)> {
        let points = points.points.iter();
        points
            .map(|point| (point.metric.as_str(), point.value, point.timestamp))
            .collect()
    }

    #[test]
    fn sagemakers_scalars_are_published_and_ours_when_asked_for() {
        let figures = [
            Figure::new("recall", 0.5, 10),
            Figure::zero("precision", 0, Reason::NoPredictedPositives),
            Figure::undefined("auc", 10, Reason::NoProbability),
            Figure::new("log_loss", 0.25, 10),
            Figure::new("recall(a)", 1.0, 10),
            Figure::undefined("mcc", 10, Reason::OneClass),
        ];
        let mut options = PointOptions {
            dimensions: vec![("Endpoint".into(), "churn".into())],
            ..PointOptions::default()
        };
        let sagemakers = points(&execution(&figures), &options);
        assert_eq!(
            told(&sagemakers),
            [
                ("recall", 0.5, 1_000_000),
                // 0/0, as SageMaker prints it.
                ("precision", 0.0, 1_000_000),
                ("violations", 2.0, 1_000_000),
                ("label_coverage", 0.75, 1_000_000),
                ("run_completed", 1.0, 1_000_000),
            ]
        );
        let undefined = |points: &Points| {
            let undefined = points.undefined.iter();
            undefined
                .map(|it| (it.metric.clone(), it.reason))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            undefined(&sagemakers),
            [("auc".to_owned(), Some("no_probability"))]
        );
        assert!(
            sagemakers
                .points
                .iter()
                .all(|it| it.dimensions == options.dimensions)
        );

        options.publish_all = true;
        options.time = PointTime::Run;
        let all = points(&execution(&figures), &options);
        let names: Vec<&str> = told(&all).into_iter().map(|(name, ..)| name).collect();
        let own = ["violations", "label_coverage", "run_completed"];
        assert_eq!(names[..4], ["recall", "precision", "log_loss", "recall(a)"]);
        assert_eq!(names[4..], own);
        assert!(all.points.iter().all(|it| it.timestamp == 9_000_000));
        assert_eq!(undefined(&all).len(), 2);
    }

    #[test]
    fn a_failed_run_says_that_alone() {
        let failed = ExecutionFigures {
            violations: None,
            label_coverage: None,
            completed: false,
            ..execution(&[])
        };
        assert_eq!(
            told(&points(&failed, &PointOptions::default())),
            [("run_completed", 0.0, 1_000_000)]
        );
    }

    #[test]
    fn a_metric_of_the_runs_own_name_is_published_once() {
        let figures = [Figure::new("violations", 99.0, 1)];
        let options = PointOptions {
            publish_all: true,
            ..PointOptions::default()
        };
        let points = points(&execution(&figures), &options);
        let of_name = told(&points).into_iter().filter(|it| it.0 == "violations");
        assert_eq!(
            of_name.collect::<Vec<_>>(),
            [("violations", 2.0, 1_000_000)]
        );
    }

    #[test]
    fn the_times_are_named_in_the_configuration() {
        for time in [PointTime::Window, PointTime::Run] {
            assert_eq!(PointTime::parse(time.as_str()), Ok(time));
        }
        assert!(PointTime::parse("end").is_err_and(|why| why.contains("window or run")));
    }
}

//! An execution's metrics, to every place that wants them. What is not published is told, point by point.

use groundline_engine::RunRecord;
use groundline_quality::{Figure, ProblemType};
use groundline_report::cloudwatch::{
    ENDPOINT, ENDPOINT_NAMESPACE, SCHEDULE, TRANSFORM_NAMESPACE, cloudwatch_lines, refused,
    refused_namespace,
};
use groundline_report::{Point, openmetrics};
use groundline_store::{Stores, put_if_changed};

use crate::error::MonitorError;
use crate::publish::{
    CloudWatch, CloudWatchOptions, ExecutionFigures, PointOptions, PointTime, Prepared, points,
};

/// Names of the files where no others are given.
const LINES: &str = "cloudwatch_metrics.jsonl";
const OPENMETRICS: &str = "metrics.om";

/// Where metrics go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publisher {
    /// `PutMetricData` over HTTP.
    CloudWatch,
    /// The lines that SageMaker's containers write (formats.md 8).
    CloudWatchFile,
    /// OpenMetrics text.
    OpenMetrics,
}

impl Publisher {
    pub const ALL: [Self; 3] = [Self::CloudWatch, Self::CloudWatchFile, Self::OpenMetrics];

    /// As configurations say it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CloudWatch => "cloudwatch",
            Self::CloudWatchFile => "cloudwatch-file",
            Self::OpenMetrics => "openmetrics",
        }
    }

    /// The publisher of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|to| to.as_str() == word)
    }
}

/// How executions are published.
#[derive(Clone, Debug, Default)]
pub struct Publishing {
    pub to: Vec<Publisher>,
    pub time: PointTime,
    /// Our own metrics and those of single classes too, not only SageMaker's.
    pub all: bool,
    /// Executions that were measured again are published again.
    pub restated: bool,
    /// `None` is SageMaker's.
    pub namespace: Option<String>,
    pub cloudwatch: CloudWatchOptions,
    /// Files on this machine; `None` is beside the execution's own files.
    pub cloudwatch_file: Option<String>,
    pub openmetrics_file: Option<String>,
}

/// What came of publishing one execution to one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Where to, as the user knows it.
    pub to: String,
    /// Points that were taken.
    pub points: usize,
    /// What was not, each a sentence.
    pub refused: Vec<String>,
    /// What has no value, each a sentence.
    pub undefined: Vec<String>,
    /// Points that were perhaps taken twice: an answer was lost.
    pub maybe_twice: usize,
    /// Why it failed, and what to do about it.
    pub failure: Option<(String, String)>,
}

impl Publishing {
    /// Publishes an execution; `now` is in microseconds since the epoch, for what is too old to be taken.
    pub async fn publish(
        &self,
        stores: &Stores,
        out: &str,
        run: &RunRecord,
        now: i64,
    ) -> Result<Vec<Published>, MonitorError> {
        let (made, undefined) = self.points(run);
        let mut done = Vec::with_capacity(self.to.len());
        for to in &self.to {
            // The files beside those of the execution always say what it says.
            let beside = match to {
                Publisher::CloudWatch => false,
                Publisher::CloudWatchFile => self.cloudwatch_file.is_none(),
                Publisher::OpenMetrics => self.openmetrics_file.is_none(),
            };
            if run.restatements > 0 && !self.restated && !beside {
                continue;
            }
            let mut published = match to {
                Publisher::CloudWatch => self.put(stores, run, &made, now).await,
                Publisher::CloudWatchFile => {
                    let text = cloudwatch_lines(&made);
                    let file = (self.cloudwatch_file.as_deref(), LINES);
                    self.file(stores, out, run, file, text, made.len()).await?
                }
                Publisher::OpenMetrics => {
                    let file = (self.openmetrics_file.as_deref(), OPENMETRICS);
                    let text = openmetrics(&with_model(run, &made));
                    self.file(stores, out, run, file, text, made.len()).await?
                }
            };
            published.undefined.clone_from(&undefined);
            done.push(published);
        }
        Ok(done)
    }

    /// The points, and what has no value.
    fn points(&self, run: &RunRecord) -> (Vec<Point>, Vec<String>) {
        let figures: Vec<Figure> = run.figures.iter().map(Figure::from).collect();
        let mut dimensions = Vec::new();
        if let Some(endpoint) = &run.endpoint {
            dimensions.push((ENDPOINT.to_owned(), endpoint.clone()));
        }
        dimensions.push((SCHEDULE.to_owned(), run.schedule.clone()));
        let execution = ExecutionFigures {
            problem_type: run
                .problem_type
                .unwrap_or(ProblemType::BinaryClassification),
            figures: &figures,
            violations: (!run.checks.is_empty()).then_some(run.violations),
            label_coverage: run.label_coverage(),
            completed: run.state.is_completed(),
            window_start: run.window.from.micros(),
            run_time: run.run_time,
        };
        let options = PointOptions {
            time: self.time,
            dimensions,
            publish_all: self.all,
        };
        let made = points(&execution, &options);
        let undefined = made.undefined.iter().map(|undefined| {
            let why = undefined.reason.unwrap_or("undefined");
            format!("{} has no value: {why}", undefined.metric)
        });
        let undefined = undefined.collect();
        (made.points, undefined)
    }

    async fn put(&self, stores: &Stores, run: &RunRecord, made: &[Point], now: i64) -> Published {
        let namespace = self.namespace.as_deref().unwrap_or(match run.endpoint {
            Some(_) => ENDPOINT_NAMESPACE,
            None => TRANSFORM_NAMESPACE,
        });
        let mut published = Published {
            to: format!("CloudWatch, {namespace}"),
            ..Published::default()
        };
        let fail = |published: &mut Published, error: crate::publish::PublishError| {
            published.failure = Some((error.to_string(), error.hint()));
        };
        let prepared = match Prepared::new(namespace, made, now) {
            Ok(prepared) => prepared,
            Err(error) => {
                fail(&mut published, error);
                return published;
            }
        };
        let client = match CloudWatch::open(stores, &self.cloudwatch).await {
            Ok(client) => client,
            Err(error) => {
                fail(&mut published, error);
                return published;
            }
        };
        let publication = client.publish(prepared).await;
        published.points = publication.published;
        let refused = publication.refused.iter();
        let refused = refused.map(|one| format!("{}: {}", one.point.metric, one.refusal));
        published.refused = refused.collect();
        published.maybe_twice = publication.maybe_twice;
        if let Some(error) = publication.failure {
            fail(&mut published, error);
        }
        published
    }

    /// Writes a file: where it was asked for on this machine, else beside the execution's files.
    async fn file(
        &self,
        stores: &Stores,
        out: &str,
        run: &RunRecord,
        (given, name): (Option<&str>, &str),
        text: String,
        points: usize,
    ) -> Result<Published, MonitorError> {
        let mut published = Published {
            points,
            ..Published::default()
        };
        match given {
            Some(file) => {
                file.clone_into(&mut published.to);
                if let Err(error) = replace(file, &text) {
                    published.points = 0;
                    published.failure = Some((
                        format!("cannot write `{file}`: {error}"),
                        "name a file in a folder that is there".to_owned(),
                    ));
                }
            }
            // An execution that failed has no folder.
            None if run.folder.is_empty() => {
                published.points = 0;
                name.clone_into(&mut published.to);
                let why = "the execution failed and has no folder of files";
                published.refused.push(format!("nothing is written: {why}"));
            }
            None => {
                let key = format!("{}/{name}", run.folder);
                published.to = format!("{}/{key}", out.trim_end_matches('/'));
                let root = stores.create(out).await?;
                put_if_changed(&root, &key, text.into()).await?;
            }
        }
        Ok(published)
    }

    /// What is wrong whatever is published: found before anything runs.
    pub fn check(&self) -> Result<(), String> {
        match self.namespace.as_deref().and_then(refused_namespace) {
            Some(why) => Err(why.to_string()),
            None => Ok(()),
        }
    }

    /// What CloudWatch would say of an execution's points at a time, without asking it.
    pub fn refusals(&self, run: &RunRecord, now: i64) -> Vec<String> {
        let (made, _) = self.points(run);
        let each = made.iter().filter_map(|point| {
            let why = refused(point, now)?;
            Some(format!("{}: {why}", point.metric))
        });
        each.collect()
    }
}

/// Prometheus has no namespaces, so the model is named in each point.
fn with_model(run: &RunRecord, made: &[Point]) -> Vec<Point> {
    let named = made.iter().cloned().map(|mut point| {
        let model = ("model".to_owned(), run.model.clone());
        point.dimensions.insert(0, model);
        point
    });
    named.collect()
}

/// Readers see the old file or the new one.
fn replace(file: &str, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let path = std::path::Path::new(file);
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut staged = tempfile::NamedTempFile::new_in(folder.unwrap_or(std::path::Path::new(".")))?;
    staged.write_all(text.as_bytes())?;
    // What collects metrics is seldom the same user.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let everybody = std::fs::Permissions::from_mode(0o644);
        staged.as_file().set_permissions(everybody)?;
    }
    staged.persist(path).map_err(|error| error.error)?;
    Ok(())
}

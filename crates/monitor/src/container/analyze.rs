//! The analysis: rows in, statistics, constraints, violations and points out (formats.md 6 to 8, 10).

use std::sync::Arc;

use groundline_engine::LabelSource;
use groundline_engine::{
    Join, MergeOptions, MergeReport, Progress, QualityOptions, QualityReport, QualitySource,
    Source, measure, merge,
};
use groundline_quality::{
    Check, Constraints, LEAST_ROWS, Margin, Measured, ProblemType, check, suggest,
};
use groundline_report::{
    MOST_BYTES, Point, constraints_json, read_constraints, statistics_json, violations_json,
};
use groundline_store::{Hour, Stores, delete_if_present, put_if_changed};

use super::analyze_job::{AnalyzeJob, CloudWatch};
use super::error::ContainerError;
use super::folder::Folder;
use super::job_request::JobRequest;
use super::merge::{refuse_failed, temporary};
use super::staging::{Staged, stage};
use super::table::table;
use crate::execution::{CONSTRAINTS, STATISTICS, VIOLATIONS};

/// What the contract does not say of an analysis.
#[derive(Clone, Debug)]
pub struct AnalyzeOptions {
    /// Values, own metrics, rejects and machine; source and window are the job's.
    pub quality: QualityOptions,
    /// How merged records are read: one model with its mapping. Source, labels, window and output are the job's. `None`
    /// for a table.
    pub merge: Option<MergeOptions>,
}

/// What an analysis found.
#[derive(Clone, Debug)]
pub struct Analysis {
    pub quality: QualityReport,
    /// Of merged records, how they were read.
    pub merged: Option<MergeReport>,
    /// Every constraint that was held against a metric.
    pub checks: Vec<Check>,
    /// For CloudWatch; empty unless it was asked for.
    pub points: Vec<Point>,
    /// Names of the files below `output_path`.
    pub files: Vec<&'static str>,
}

impl Analysis {
    /// How many constraints are violated: the number of the exit message.
    pub fn violations(&self) -> usize {
        self.checks.iter().filter(|check| check.violated).count()
    }
}

/// Runs an analysis and writes its files: `statistics.json`, `constraints.json` (suggested by these rows, at the value
/// itself), and `constraint_violations.json` where there are constraints to hold them against.
pub async fn analyze(
    job: &AnalyzeJob,
    request: Option<&JobRequest>,
    options: AnalyzeOptions,
    progress: Arc<dyn Progress>,
) -> Result<Analysis, ContainerError> {
    let AnalyzeOptions { mut quality, merge } = options;
    let stores = quality.resources.stores.clone();
    let constraints = match &job.constraints {
        Some(file) => Some(constraints(file, job.problem_type)?),
        None => None,
    };
    let folder = temporary(&quality.resources)?;
    quality.window = None;
    let mut merged = None;
    quality.source = match merge {
        Some(merge) => {
            let below = folder.path().display().to_string();
            let (source, report) = records(job, request, merge, &below, progress).await?;
            merged = Some(report);
            source
        }
        None => QualitySource::Dataset(table(job, &stores, folder.path()).await?),
    };
    let quality = measure(&quality).await?;
    let group = quality.groups.iter().find(|group| group.segment.is_none());
    let group = group.filter(|group| group.measured.rows > 0);
    let Some(group) = group else {
        return Err(ContainerError::NothingMeasured {
            read: quality.groups.iter().map(|group| group.rows.read).sum(),
            folder: job.dataset_source.clone(),
        });
    };
    let measured = group.all_measured();
    let checks = match (&constraints, &job.constraints) {
        (Some(constraints), Some(file)) => {
            if let Some(constraint) = constraints.unmeasured(&measured.figures) {
                return Err(ContainerError::Unmeasured {
                    file: file.to_owned(),
                    metric: constraint.metric.clone(),
                });
            }
            check(constraints, &measured.figures, LEAST_ROWS)
        }
        _ => Vec::new(),
    };
    let violations = constraints.is_some().then_some(checks.as_slice());
    let files = write(job, &stores, &measured, violations).await?;
    Ok(Analysis {
        points: points(job, &measured),
        checks,
        files,
        merged,
        quality,
    })
}

/// Reads the file of constraints.
fn constraints(file: &str, problem_type: ProblemType) -> Result<Constraints, ContainerError> {
    use std::io::Read;
    let io = |source| ContainerError::Io {
        what: format!("`{file}` (baseline_constraints)"),
        source,
    };
    let mut bytes = Vec::new();
    // One more than is accepted, so that a longer file is told from one that just fits.
    let most = MOST_BYTES as u64 + 1;
    let opened = std::fs::File::open(file).map_err(io)?;
    opened.take(most).read_to_end(&mut bytes).map_err(io)?;
    read_constraints(&bytes, Some(problem_type)).map_err(|source| ContainerError::Constraints {
        file: file.to_owned(),
        source,
    })
}

/// Merged records as hour files below `temporary`.
async fn records(
    job: &AnalyzeJob,
    request: Option<&JobRequest>,
    mut options: MergeOptions,
    temporary: &str,
    progress: Arc<dyn Progress>,
) -> Result<(QualitySource, MergeReport), ContainerError> {
    let stores = &options.resources.stores;
    let nothing = |found: String| {
        ContainerError::Nothing {
        what: "merged records",
        variable: "dataset_source",
        folder: job.dataset_source.clone(),
        found,
        hints: request
            .and_then(|request| request.inputs_below(&job.dataset_source))
            .into_iter()
            .chain([
                "expected what the merge job wrote: {endpoint}/{variant}/yyyy/mm/dd/hh/*.jsonl there".to_owned(),
            ])
            .collect(),
    }
    };
    let folder = match Folder::look(stores, "dataset_source", &job.dataset_source).await {
        Err(ContainerError::Nothing { found, .. }) => return Err(nothing(found)),
        folder => folder?,
    };
    let longest = options.resources.limits.max_record_bytes;
    let staged = stage(&folder, job.window, temporary.as_ref(), longest).await?;
    staged.accept(options.max_rejects)?;
    if staged.records == 0 {
        return Err(nothing(match job.window {
            Some(window) => format!(
                "{}, none from {} to {}",
                folder.told(),
                window.from,
                window.to
            ),
            None => folder.told(),
        }));
    }
    by_contract(&mut options, &staged, temporary);
    let report = merge(&options, progress).await?;
    refuse_failed(&report)?;
    refuse_lengths(&report, &staged)?;
    let source = QualitySource::Merged {
        out: options.out,
        model: options
            .models
            .into_iter()
            .next()
            .map_or_else(String::new, |model| model.name),
        endpoints: Vec::new(),
        variants: Vec::new(),
    };
    Ok((source, report))
}

/// A capture and its label have one id and lie in one hour.
fn by_contract(options: &mut MergeOptions, staged: &Staged, temporary: &str) {
    options.window = None;
    options.columns = None;
    options.jsonl = false;
    options.as_of_micros = Hour::from_parts(9999, 12, 31, 23).map_or(i64::MAX, Hour::micros);
    options.out = format!("{temporary}/measured");
    for model in &mut options.models {
        model.source = Source::Captures {
            uri: staged.captures.clone(),
        };
        model.labels = LabelSource::GroundTruth {
            uri: staged.labels.clone(),
        };
        model.endpoints = Vec::new();
        model.variants = Vec::new();
        model.label_id = Default::default();
        model.id_attribute = None;
        model.sql = None;
        // A label that is null is no label, and its record is counted.
        model.policy.join = Join::Left;
        model.policy.matching = groundline_engine::Match::Coalesce;
        model.policy.label_lead_hours = 0;
        model.policy.label_horizon_hours = Some(1);
        if staged.transforms {
            // The output was cut out of it.
            let mapping = &mut model.mapping;
            for attribute in [
                &mut mapping.inference_attribute,
                &mut mapping.probability_attribute,
            ] {
                let text = attribute.as_deref().unwrap_or_default();
                let path = text.strip_prefix("$.").unwrap_or(text);
                if let Some(below) = path.strip_prefix("SageMakerOutput.") {
                    *attribute = Some(below.to_owned());
                }
            }
        }
    }
}

/// A label for another number of records belongs to none of them (formats.md 11.22).
fn refuse_lengths(report: &MergeReport, staged: &Staged) -> Result<(), ContainerError> {
    let mut groups = report.models.iter().flat_map(|model| &model.unmatched);
    let lengths = groups.find(|group| group.reason == "record_count_differs");
    match lengths {
        None => Ok(()),
        Some(group) => Err(ContainerError::Lengths {
            count: group.count,
            example: staged
                .place_of(&group.example)
                .unwrap_or_else(|| group.example.clone()),
            hint: "give as many labels as the output has records, in the same order".to_owned(),
        }),
    }
}

/// Writes the files; violations of an earlier run in the same place do not outlive one without constraints.
async fn write(
    job: &AnalyzeJob,
    stores: &Stores,
    measured: &Measured,
    checks: Option<&[Check]>,
) -> Result<Vec<&'static str>, ContainerError> {
    let out = stores.create(&job.output_path).await?;
    let suggested = suggest(job.problem_type, &measured.figures, Margin::None);
    let mut texts = vec![
        (STATISTICS, statistics_json(measured, job.problem_type)),
        (CONSTRAINTS, constraints_json(&suggested)),
    ];
    match checks {
        Some(checks) => texts.push((VIOLATIONS, violations_json(checks))),
        None => {
            delete_if_present(&out, VIOLATIONS).await?;
        }
    }
    let mut files = Vec::with_capacity(texts.len());
    for (name, text) in texts {
        put_if_changed(&out, name, text.into()).await?;
        files.push(name);
    }
    Ok(files)
}

/// SageMaker's metrics that have a value, as it publishes them (formats.md 8).
fn points(job: &AnalyzeJob, measured: &Measured) -> Vec<Point> {
    let Some(published) = &job.cloudwatch else {
        return Vec::new();
    };
    let CloudWatch {
        timestamp,
        endpoint,
        schedule,
    } = published;
    let endpoint = endpoint
        .iter()
        .map(|endpoint| ("Endpoint".to_owned(), endpoint.clone()));
    let schedule = [("MonitoringSchedule".to_owned(), schedule.clone())];
    let dimensions: Vec<(String, String)> = endpoint.chain(schedule).collect();
    let figures = measured.figures.iter();
    figures
        .filter(|figure| job.problem_type.is_sagemakers(&figure.metric))
        .filter_map(|figure| {
            Some(Point {
                metric: figure.metric.to_string(),
                value: figure.value?,
                timestamp: *timestamp,
                dimensions: dimensions.clone(),
                unit: None,
            })
        })
        .collect()
}

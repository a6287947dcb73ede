//! What `quality` measures, and where it leaves the metrics.

use std::sync::Arc;

use groundline_engine::{
    Dataset, MergeOptions, MergeReport, Progress, QualityReport, QualitySource, QualityValues,
    measure, merge, models_of, write_metrics,
};
use groundline_monitor::execution_folder;
use groundline_report::statistics_json;
use groundline_store::{Stores, Window};

use crate::args::quality::QualityArgs;
use crate::commands::measured::{Measuring, dataset, refuse_merge_flags, run_window, write_files};
use crate::commands::merge::now;
use crate::config::glob;
use crate::config::layers::Layers;
use crate::config::quality::values;
use crate::config::resolved::Resolved;
use crate::config::run::{as_of, merge_options, optional_window};
use crate::config::select::select;
use crate::exit::ExitStatus;
use crate::failure::Failure;

/// Name of the schedule in the paths of what `quality` leaves behind.
const SCHEDULE: &str = "quality";

/// What is measured, and where to.
pub(crate) struct Subject {
    rows: Rows,
    window: Option<Window>,
    /// Where metrics are written.
    out: Option<String>,
    as_of: i64,
}

enum Rows {
    Dataset {
        dataset: Dataset,
        name: String,
        values: QualityValues,
    },
    /// Hour files that are there.
    Hours { out: String, models: Models },
    /// Merged first, to a folder that goes away unless one is given.
    Raw {
        merge: Box<MergeOptions>,
        models: Vec<HourModel>,
        _folder: Option<tempfile::TempDir>,
    },
}

enum Models {
    /// Those of the configuration.
    Configured(Vec<HourModel>),
    /// Those that the output has, if they match a glob, or all.
    Found {
        glob: Option<String>,
        like: HourModel,
    },
}

/// Which hour files of a model, and how they are read.
#[derive(Clone, Debug)]
struct HourModel {
    name: String,
    /// Globs; empty means all.
    endpoints: Vec<String>,
    variants: Vec<String>,
    values: QualityValues,
}

/// What was measured.
pub(crate) struct Measured {
    pub(crate) reports: Vec<QualityReport>,
    /// Models that had nothing to measure, while others had.
    pub(crate) empty: Vec<(String, Failure)>,
    pub(crate) merged: Option<MergeReport>,
    pub(crate) written: Vec<String>,
}

impl Subject {
    /// Finds out what the flags and the configuration mean.
    pub(crate) fn plan(args: &QualityArgs, layers: &Layers) -> Result<Self, Failure> {
        let settings = layers.common();
        let given = |key: &str| {
            let flag = layers.flags.get(key);
            flag.or_else(|| layers.environment.get(key)).is_some()
        };
        let raw = given("captures") || given("transforms");
        let one_of = [args.dataset.is_some(), args.merged.is_some(), raw];
        if one_of.iter().filter(|given| **given).count() > 1 {
            return Err(Failure::usage("more than one thing to measure is given")
                .hint("give a DATASET, or --in OUT, or --captures (--transforms) with --labels"));
        }
        let written = settings.text("out").filter(|out| !out.is_empty());
        let (rows, out) = if let Some(files) = &args.dataset {
            let rows = Rows::Dataset {
                dataset: dataset(files, &settings, &args.table),
                name: settings.text("model").unwrap_or_default(),
                values: values(&settings)?,
            };
            // The configuration's output is of its own models.
            (rows, written.filter(|_| given("out")))
        } else if raw {
            (raw_rows(layers, &written)?, written)
        } else {
            refuse_merge_flags(layers)?;
            let from = args.merged.clone().or_else(|| written.clone());
            let from = from.ok_or_else(|| {
                Failure::usage("nothing to measure is given").hint(
                    "give a Parquet, CSV or JSON Lines file, the output of a merge with --in OUT, or --captures and \
                     --labels",
                )
            })?;
            let models = match layers.has_models() {
                true => Models::Configured(configured(layers)?),
                false => Models::Found {
                    glob: settings.text("model").filter(|_| given("model")),
                    like: like(&settings)?,
                },
            };
            let out = match given("out") {
                true => written,
                false => Some(from.clone()),
            };
            (Rows::Hours { out: from, models }, out)
        };
        Ok(Self {
            rows,
            window: optional_window(&settings, now())?,
            out,
            as_of: as_of(&settings, now())?,
        })
    }

    /// Measures everything, merging first where it must, and writes the metrics.
    pub(crate) async fn measure(
        self,
        measuring: &Measuring,
        progress: Arc<dyn Progress>,
    ) -> Result<Measured, Failure> {
        let mut done = Measured {
            reports: Vec::new(),
            empty: Vec::new(),
            merged: None,
            written: Vec::new(),
        };
        match &self.rows {
            Rows::Dataset {
                dataset,
                name,
                values,
            } => {
                let source = QualitySource::Dataset(dataset.clone());
                let options = measuring.options(source, values.clone(), self.window);
                let mut report = measure(&options).await?;
                if self.out.is_some() {
                    report.name.clone_from(name);
                }
                done.reports.push(report);
            }
            Rows::Hours { out, models } => {
                for model in &models.there(&measuring.resources.stores, out).await? {
                    done.hours(measuring, out, model, self.window).await?;
                }
            }
            Rows::Raw {
                merge: options,
                models,
                ..
            } => {
                let merged = merge(options, progress).await?;
                for model in models {
                    let report = merged
                        .models
                        .iter()
                        .find(|report| report.model == model.name);
                    let written = report.is_some_and(|report| {
                        report.hours.iter().any(|hour| hour.failure.is_none())
                    });
                    if written {
                        let window = self.window.or(report.and_then(run_window));
                        done.hours(measuring, &options.out, model, window).await?;
                    }
                }
                done.merged = Some(merged);
            }
        }
        if done.reports.is_empty()
            && let Some((_, failure)) = done.empty.pop()
        {
            return Err(failure);
        }
        if let Some(out) = &self.out {
            done.written = write(out, &done.reports, measuring, self.as_of).await?;
        }
        Ok(done)
    }
}

impl Measured {
    /// Measures the hours of a model; that there are none is told when others have some.
    async fn hours(
        &mut self,
        measuring: &Measuring,
        out: &str,
        model: &HourModel,
        window: Option<Window>,
    ) -> Result<(), Failure> {
        let source = QualitySource::Merged {
            out: out.to_owned(),
            model: model.name.clone(),
            endpoints: model.endpoints.clone(),
            variants: model.variants.clone(),
        };
        let options = measuring.options(source, model.values.clone(), window);
        match measure(&options).await.map_err(Failure::from) {
            Ok(report) => self.reports.push(report),
            Err(failure) if failure.status == ExitStatus::NoInput => {
                self.empty.push((model.name.clone(), failure));
            }
            Err(failure) => return Err(failure),
        }
        Ok(())
    }
}

fn raw_rows(layers: &Layers, out: &Option<String>) -> Result<Rows, Failure> {
    let folder =
        match out {
            Some(_) => None,
            None => Some(tempfile::tempdir().map_err(|error| {
                Failure::failed("cannot make a temporary folder").because(&error)
            })?),
        };
    let temporary = folder
        .as_ref()
        .map(|folder| folder.path().display().to_string());
    Ok(Rows::Raw {
        merge: Box::new(merge_options(layers, now(), temporary)?),
        models: configured(layers)?,
        _folder: folder,
    })
}

fn configured(layers: &Layers) -> Result<Vec<HourModel>, Failure> {
    let selected = select(layers)?;
    let models = selected.iter().map(|model| {
        Ok(HourModel {
            name: model.name.clone(),
            endpoints: model.endpoints.clone(),
            variants: model.variants.clone(),
            values: values(&model.settings)?,
        })
    });
    models.collect()
}

fn like(settings: &Resolved<'_>) -> Result<HourModel, Failure> {
    let globs =
        |key| settings.checked_list(key, |globs| globs.iter().try_for_each(|g| glob::check(g)));
    Ok(HourModel {
        name: String::new(),
        endpoints: globs("endpoint")?,
        variants: globs("variant")?,
        values: values(settings)?,
    })
}

impl Models {
    async fn there(&self, stores: &Stores, out: &str) -> Result<Vec<HourModel>, Failure> {
        let (wanted, like) = match self {
            Self::Configured(models) => return Ok(models.clone()),
            Self::Found { glob, like } => (glob, like),
        };
        let there = models_of(stores, out).await?;
        if there.is_empty() {
            return Err(Failure::usage(format!("`{out}` has no hour files"))
                .hint("--in is the folder that a merge wrote to with --out, above its merged/"));
        }
        let chosen = |name: &&String| {
            wanted
                .as_ref()
                .is_none_or(|wanted| glob::matches(wanted, name))
        };
        let models: Vec<HourModel> = there
            .iter()
            .filter(chosen)
            .map(|name| HourModel {
                name: name.clone(),
                ..like.clone()
            })
            .collect();
        match (models.is_empty(), wanted) {
            (true, Some(wanted)) => Err(Failure::usage(format!(
                "no model matches --model `{wanted}`"
            ))
            .hint(format!("there are hour files of {}", there.join(", ")))),
            _ => Ok(models),
        }
    }
}

async fn write(
    out: &str,
    reports: &[QualityReport],
    measuring: &Measuring,
    as_of: i64,
) -> Result<Vec<String>, Failure> {
    let stores = &measuring.resources.stores;
    let mut written = Vec::new();
    for report in reports {
        let key = write_metrics(stores, out, report, measuring.every, as_of).await?;
        written.push(format!("{out}/{key}"));
        if let ([group], Some(window)) = (report.groups.as_slice(), report.window)
            && report.by.is_empty()
        {
            let folder = execution_folder(&report.name, SCHEDULE, window.to);
            let text = statistics_json(&group.all_measured(), report.problem_type);
            write_files(stores, out, &folder, vec![("statistics.json", text)]).await?;
            written.push(format!("{out}/{folder}/statistics.json"));
        }
    }
    Ok(written)
}

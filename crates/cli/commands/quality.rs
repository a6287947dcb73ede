//! `groundline quality`

use std::sync::Arc;

use groundline_engine::{
    Dataset, MergeOptions, QualityReport, QualitySource, QualityValues, measure, merge, models_of,
    write_metrics,
};
use groundline_report::statistics_json;
use groundline_store::Window;

use crate::args::quality::QualityArgs;
use crate::commands::measured::{Measuring, run_folder, write_files};
use crate::commands::merge::{merged_status, now};
use crate::config::glob;
use crate::config::layers::Layers;
use crate::config::quality::values;
use crate::config::run::{as_of, merge_options, optional_window};
use crate::config::select::select;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::output::{Form, quality as shown, summary};
use crate::printer::{Printer, Stdout};
use crate::progress::Reporter;
use crate::workers::{Workers, interruption};

/// Name of the schedule in the paths of what `quality` leaves behind.
const SCHEDULE: &str = "quality";

pub(crate) fn run(args: &QualityArgs) -> Result<ExitStatus, Failure> {
    let layers = Layers::load(args.layer())?;
    let settings = layers.common();
    let printer = Printer::new(settings.switch("quiet"));
    for warning in &layers.warnings {
        printer.warn(warning);
    }
    let form = settings.require("output", |text| Ok(Form::parse(text)))?;
    let measuring = Measuring::new(&layers, args.cuts.every(), args.cuts.by.clone())?;
    let work = Work::plan(args, &layers)?;
    let workers = Workers::start(measuring.resources.threads)?;
    let reporter = Reporter::start(printer);
    let progress = reporter.progress();
    let task = measuring.clone();
    let done = workers.run(move || async move { work.run(&task, progress).await });
    drop(reporter);
    let done = done?.ok_or_else(|| {
        interruption("interrupted").hint("the same command measures the window again")
    })??;
    if let Some(report) = &done.merged {
        summary::merge(report, printer);
    }
    let mut out = Stdout::open();
    shown::reports(&done.reports, form, &mut out)?;
    out.flush()?;
    shown::notes(&done.reports, printer);
    for file in &done.written {
        printer.note(&format!("written: {file}"));
    }
    match &done.merged {
        Some(report) => merged_status(report),
        None => Ok(ExitStatus::Clean),
    }
}

/// What is measured, and where to.
struct Work {
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
    /// Hour files that are there: of these models, or of those that there are.
    Hours {
        out: String,
        models: Vec<(String, QualityValues)>,
        globs: Vec<String>,
        values: QualityValues,
    },
    /// Merged first, to a folder that goes away unless one is given.
    Raw {
        merge: Box<MergeOptions>,
        models: Vec<(String, QualityValues)>,
        _folder: Option<tempfile::TempDir>,
    },
}

struct Done {
    reports: Vec<QualityReport>,
    merged: Option<groundline_engine::MergeReport>,
    written: Vec<String>,
}

impl Work {
    fn plan(args: &QualityArgs, layers: &Layers) -> Result<Self, Failure> {
        let settings = layers.common();
        let given = |key: &str| {
            let flag = layers
                .flags
                .get(key)
                .or_else(|| layers.environment.get(key));
            flag.is_some()
        };
        let raw = given("captures") || given("transforms");
        let one_of = [args.dataset.is_some(), args.merged.is_some(), raw];
        if one_of.iter().filter(|given| **given).count() > 1 {
            return Err(Failure::usage("more than one thing to measure is given")
                .hint("give a DATASET, or --in OUT, or --captures (--transforms) with --labels"));
        }
        let as_of = as_of(&settings, now())?;
        let out = settings.text("out").filter(|out| !out.is_empty());
        if let Some(files) = &args.dataset {
            let dataset = Dataset {
                files: files.clone(),
                header: args.table.header(),
                inference_attribute: attribute(&settings, "inference-attribute"),
                probability_attribute: attribute(&settings, "probability-attribute"),
                ground_truth_attribute: attribute(&settings, "ground-truth-attribute"),
            };
            let name = settings.text("model").unwrap_or_default();
            let rows = Rows::Dataset {
                dataset,
                name,
                values: values(&settings)?,
            };
            // The configuration's output is of its own models.
            let out = given("out").then_some(out).flatten();
            return Ok(Self {
                rows,
                window: optional_window(&settings)?,
                out,
                as_of,
            });
        }
        let own_values = || -> Result<Vec<(String, QualityValues)>, Failure> {
            let selected = select(layers)?;
            let each = selected.iter();
            each.map(|model| Ok((model.name.clone(), values(&model.settings)?)))
                .collect()
        };
        if raw {
            let folder = match &out {
                Some(_) => None,
                None => Some(tempfile::tempdir().map_err(|error| {
                    Failure::failed("cannot make a temporary folder").because(&error)
                })?),
            };
            let temporary = folder
                .as_ref()
                .map(|folder| folder.path().display().to_string());
            let merge = merge_options(layers, now(), temporary)?;
            let rows = Rows::Raw {
                merge: Box::new(merge),
                models: own_values()?,
                _folder: folder,
            };
            return Ok(Self {
                rows,
                window: optional_window(&settings)?,
                out,
                as_of,
            });
        }
        let from = args.merged.clone().or(out.clone()).ok_or_else(|| {
            Failure::usage("nothing to measure is given").hint(
                "give a Parquet, CSV or JSON Lines file, the output of a merge with --in OUT, or --captures and --labels",
            )
        })?;
        let models = match layers.has_models() {
            true => own_values()?,
            false => Vec::new(),
        };
        let globs = match given("model") && !layers.has_models() {
            true => settings.text("model").into_iter().collect(),
            false => Vec::new(),
        };
        let rows = Rows::Hours {
            out: from.clone(),
            models,
            globs,
            values: values(&settings)?,
        };
        let out = match given("out") {
            true => out,
            false => Some(from),
        };
        Ok(Self {
            rows,
            window: optional_window(&settings)?,
            out,
            as_of,
        })
    }

    async fn run(
        self,
        measuring: &Measuring,
        progress: Arc<dyn groundline_engine::Progress>,
    ) -> Result<Done, Failure> {
        let mut merged = None;
        let mut reports = Vec::new();
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
                reports.push(report);
            }
            Rows::Hours {
                out,
                models,
                globs,
                values,
            } => {
                let found;
                let models = match models.is_empty() {
                    false => models,
                    true => {
                        let there = models_of(out).await?;
                        if there.is_empty() {
                            return Err(Failure::usage(format!("`{out}` has no hour files")).hint(
                                "--in is the folder that a merge wrote to with --out, above its merged/",
                            ));
                        }
                        let chosen = |name: &String| {
                            globs.is_empty() || globs.iter().any(|glob| glob::matches(glob, name))
                        };
                        found = there
                            .iter()
                            .filter(|name| chosen(name))
                            .map(|name| (name.clone(), values.clone()))
                            .collect::<Vec<_>>();
                        if found.is_empty() {
                            return Err(Failure::usage(format!(
                                "no model matches --model `{}`",
                                globs.join(", ")
                            ))
                            .hint(format!("there are hour files of {}", there.join(", "))));
                        }
                        &found
                    }
                };
                for (name, values) in models {
                    let source = QualitySource::Merged {
                        out: out.clone(),
                        model: name.clone(),
                    };
                    let options = measuring.options(source, values.clone(), self.window);
                    reports.push(measure(&options).await?);
                }
            }
            Rows::Raw {
                merge: options,
                models,
                ..
            } => {
                let report = merge(options, progress).await?;
                for (name, values) in models {
                    let of_model = report.models.iter().find(|model| model.model == *name);
                    let has_hours = of_model
                        .is_some_and(|model| model.hours.iter().any(|hour| hour.failure.is_none()));
                    if !has_hours {
                        continue;
                    }
                    let source = QualitySource::Merged {
                        out: options.out.clone(),
                        model: name.clone(),
                    };
                    let window = self.window.or(of_model.and_then(run_window));
                    let options = measuring.options(source, values.clone(), window);
                    reports.push(measure(&options).await?);
                }
                merged = Some(report);
            }
        }
        let written = match &self.out {
            Some(out) => write(out, &reports, measuring, self.as_of).await?,
            None => Vec::new(),
        };
        Ok(Done {
            reports,
            merged,
            written,
        })
    }
}

/// The hours of a run.
pub(crate) fn run_window(model: &groundline_engine::ModelReport) -> Option<Window> {
    let hour = |text: &str| groundline_store::Hour::parse(text).ok();
    Window::new(hour(&model.from)?, hour(&model.to)?).ok()
}

fn attribute(settings: &crate::config::resolved::Resolved<'_>, key: &str) -> Option<String> {
    settings.text(key).filter(|text| !text.is_empty())
}

async fn write(
    out: &str,
    reports: &[QualityReport],
    measuring: &Measuring,
    as_of: i64,
) -> Result<Vec<String>, Failure> {
    let mut written = Vec::new();
    for report in reports {
        let key = write_metrics(out, report, measuring.every, as_of).await?;
        written.push(format!("{out}/{key}"));
        if let ([group], Some(window)) = (report.groups.as_slice(), report.window)
            && report.by.is_empty()
        {
            let folder = run_folder(&report.name, SCHEDULE, window.to);
            let text = statistics_json(&group.measured, report.problem_type);
            write_files(out, &folder, vec![("statistics.json", text)]).await?;
            written.push(format!("{out}/{folder}/statistics.json"));
        }
    }
    Ok(written)
}

//! `groundline baseline`

use groundline_engine::{Every, QualitySource, measure, models_of};
use groundline_quality::{Margin, suggest};
use groundline_report::{constraints_json, statistics_json};
use groundline_store::Stores;

use crate::args::baseline::BaselineArgs;
use crate::commands::measured::{Measuring, dataset, refuse_merge_flags, write_files};
use crate::commands::merge::now;
use crate::config::layers::Layers;
use crate::config::quality::values;
use crate::config::run::optional_window;
use crate::config::select::select;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::output::{Form, quality as shown};
use crate::printer::{Printer, Stdout};
use crate::workers::{Workers, interruption};

pub(crate) fn run(args: &BaselineArgs) -> Result<ExitStatus, Failure> {
    let layers = Layers::load(args.layer())?;
    let common = layers.common();
    let printer = Printer::new(common.switch("quiet"));
    for warning in &layers.warnings {
        printer.warn(warning);
    }
    let form = common.require("output", |text| Ok(Form::parse(text)))?;
    let margin = match &args.margin {
        None => Margin::None,
        Some(text) => text
            .parse::<Margin>()
            .map_err(|error| Failure::usage(format!("--margin: {error}")))?,
    };
    let measuring = Measuring::new(&layers, Every::Window, Vec::new())?;
    let selected = match layers.has_models() {
        true => select(&layers)?,
        false => Vec::new(),
    };
    let settings = match selected.as_slice() {
        // Of a data set, the flags alone say how it is read.
        _ if args.dataset.is_some() && layers.flags.get("model").is_none() => common,
        [] => common,
        [one] => one.settings,
        several => {
            let names: Vec<&str> = several.iter().map(|model| model.name.as_str()).collect();
            return Err(Failure::usage("a baseline is of one model")
                .hint(format!("choose one with --model: {}", names.join(", "))));
        }
    };
    let text = |key: &str| settings.text(key).filter(|text| !text.is_empty());
    let source = match (&args.dataset, &args.merged) {
        (Some(_), Some(_)) => {
            return Err(Failure::usage("both a data set and --in are given")
                .hint("a baseline is made of one of them"));
        }
        (Some(files), None) => QualitySource::Dataset(dataset(files, &settings, &args.table)),
        (None, merged) => {
            refuse_merge_flags(&layers)?;
            let out = merged.clone().or_else(|| text("out")).ok_or_else(|| {
                Failure::usage("no data set is given")
                    .hint("name a Parquet, CSV or JSON Lines file, or the output of a merge with --in OUT")
            })?;
            let model = match layers.has_models() || layers.flags.get("model").is_some() {
                true => text("model").unwrap_or_default(),
                false => String::new(),
            };
            QualitySource::Merged {
                out,
                model,
                endpoints: Vec::new(),
                variants: Vec::new(),
            }
        }
    };
    let options = measuring.options(
        source,
        values(&settings)?,
        optional_window(&settings, now())?,
    );
    let workers = Workers::start(measuring.resources.threads)?;
    let folder = args.folder.clone();
    let done = workers.run(move || async move {
        let mut options = options;
        let stores = options.resources.stores.clone();
        if let QualitySource::Merged { out, model, .. } = &mut options.source
            && model.is_empty()
        {
            *model = only_model(&stores, out).await?;
        }
        let report = measure(&options).await?;
        let Some(group) = report.groups.first() else {
            return Err(Failure::failed("nothing was measured"));
        };
        let constraints = suggest(report.problem_type, &group.measured.figures, margin);
        let files = vec![
            (
                "statistics.json",
                statistics_json(&group.all_measured(), report.problem_type),
            ),
            ("constraints.json", constraints_json(&constraints)),
        ];
        write_files(&stores, &folder, "", files).await?;
        Ok::<_, Failure>((report, constraints))
    });
    let (report, constraints) = done?.ok_or_else(|| interruption("interrupted"))??;
    let mut out = Stdout::open();
    let reports = [report];
    shown::reports(&reports, form, &mut out)?;
    out.flush()?;
    shown::notes(&reports, printer);
    printer.note(&format!(
        "written: {0}/statistics.json, {0}/constraints.json with {1} constraints",
        args.folder,
        constraints.constraints.len()
    ));
    printer.hint(&format!(
        "hold a window against it: groundline monitor --constraints {}/constraints.json …",
        args.folder
    ));
    Ok(ExitStatus::Clean)
}

/// The model of an output that has one.
async fn only_model(stores: &Stores, out: &str) -> Result<String, Failure> {
    let mut models = models_of(stores, out).await?;
    match (models.pop(), models.is_empty()) {
        (Some(model), true) => Ok(model),
        (None, _) => Err(Failure::usage(format!("`{out}` has no hour files"))
            .hint("--in is the folder that a merge wrote to with --out, above its merged/")),
        (Some(last), false) => {
            models.push(last);
            Err(
                Failure::usage(format!("`{out}` has hour files of several models"))
                    .hint(format!("choose one with --model: {}", models.join(", "))),
            )
        }
    }
}

//! `groundline status`

use groundline_engine::BackfillPlan;

use crate::args::status::StatusArgs;
use crate::commands::backfill::options;
use crate::commands::merge::{accepting, now};
use crate::config::layers::Layers;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::output::{Form, status as printed};
use crate::printer::{Printer, Stdout};
use crate::workers::{Workers, interruption};

pub(crate) fn run(args: &StatusArgs) -> Result<ExitStatus, Failure> {
    accepting(args.layer(), |layers, printer| {
        attempt(args, layers, printer)
    })
}

fn attempt(args: &StatusArgs, layers: &Layers, _printer: Printer) -> Result<ExitStatus, Failure> {
    let options = options(layers, &args.plan)?;
    let form = layers
        .common()
        .require("output", |text| Ok(Form::parse(text)))?;
    let workers = Workers::start(options.merge.resources.threads)?;
    let listed = workers.run(move || async move {
        let plan = BackfillPlan::list(&options).await?;
        Ok::<_, Failure>(plan.report())
    });
    let states = listed?.ok_or_else(|| interruption("interrupted"))??;
    let mut out = Stdout::open();
    printed::states(&states, args.why, now(), form, &mut out)?;
    out.flush()?;
    if !states.models.is_empty() && states.models.iter().all(|model| model.no_input.is_some()) {
        let said: Vec<&str> = states
            .models
            .iter()
            .filter_map(|m| m.no_input.as_deref())
            .collect();
        let mut failure = Failure::failed(said.join("\n"));
        failure.status = ExitStatus::NoInput;
        return Err(failure);
    }
    Ok(ExitStatus::Clean)
}

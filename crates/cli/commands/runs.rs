//! `groundline runs`

use groundline_engine::{RunRecord, read_runs};
use groundline_store::{Hour, Stores};

use crate::args::runs::{RecordArgs, RunsArgs, RunsCommand};
use crate::config::layers::Layers;
use crate::config::model::hour;
use crate::config::run::storage;
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::output::{Form, runs as shown};
use crate::printer::Stdout;
use crate::workers::{Workers, interruption};

pub(crate) fn run(args: &RunsArgs) -> Result<ExitStatus, Failure> {
    let mut out = Stdout::open();
    match &args.command {
        RunsCommand::List(args) => {
            let since = args.since.as_deref().map(hour).transpose();
            let since = since.map_err(|why| Failure::usage(format!("--since: {why}")))?;
            let archive = Archive::open(&args.record, args.schedule.as_deref())?;
            let mut runs = archive.read(args.schedule.as_deref(), since)?;
            runs.retain(|run| {
                let state = args.state.as_deref();
                state.is_none_or(|state| run.state.as_str() == state)
                    && (!args.provisional || run.provisional)
            });
            runs.sort_by(|a, b| (a.scheduled, &a.schedule).cmp(&(b.scheduled, &b.schedule)));
            let surplus = args.most.map_or(0, |most| runs.len().saturating_sub(most));
            shown::list(
                runs.get(surplus..).unwrap_or_default(),
                archive.form,
                &mut out,
            )?;
        }
        RunsCommand::Show(args) => {
            let archive = Archive::open(&args.record, schedule_of(&args.id))?;
            let run = archive.one(&args.id)?;
            match archive.form {
                Form::Table => shown::one(&run, &mut out)?,
                form => shown::list(&[run], form, &mut out)?,
            }
        }
        RunsCommand::Diff(args) => {
            let archive = Archive::open(&args.record, schedule_of(&args.a))?;
            let other = Archive::open(&args.record, schedule_of(&args.b))?;
            let (a, b) = (archive.one(&args.a)?, other.one(&args.b)?);
            shown::diff(&a, &b, archive.form, &mut out)?;
        }
    }
    out.flush()?;
    Ok(ExitStatus::Clean)
}

/// The schedule that an id names.
fn schedule_of(id: &str) -> Option<&str> {
    Some(id.rsplit_once('@')?.0)
}

/// The executions of an output.
struct Archive {
    stores: Stores,
    out: String,
    model: Option<String>,
    form: Form,
}

impl Archive {
    /// That of a schedule, if it has an output of its own.
    fn open(args: &RecordArgs, schedule: Option<&str>) -> Result<Self, Failure> {
        let mut layers = Layers::load(args.layer())?;
        let entries = layers.file.iter().flat_map(|file| &file.schedules);
        let own = entries
            .filter(|entry| Some(entry.name.as_str()) == schedule)
            .find_map(|entry| entry.values.get("out"));
        if let (Some((own, _)), None) = (own.cloned(), layers.flags.get("out")) {
            layers.flags.set("out", own);
        }
        let settings = layers.common();
        let out = settings.text("out").filter(|out| !out.is_empty());
        Ok(Self {
            stores: Stores::new(storage(&settings)?),
            out: out.ok_or_else(|| {
                Failure::usage("no output is given")
                    .hint("say where the executions are with --out OUT, or in [output] of groundline.toml")
            })?,
            model: args.model.clone(),
            form: settings.require("output", |text| Ok(Form::parse(text)))?,
        })
    }

    fn read(&self, schedule: Option<&str>, since: Option<Hour>) -> Result<Vec<RunRecord>, Failure> {
        let model = self.model.as_deref();
        let workers = Workers::start(2)?;
        let read = read_runs(&self.stores, &self.out, model, schedule, since);
        let read = workers
            .wait(read)
            .ok_or_else(|| interruption("interrupted"))?;
        read.map_err(|error| {
            Failure::from(error).hint("--out is the output that `schedule` or `monitor` wrote to")
        })
    }

    /// The execution of an id.
    fn one(&self, id: &str) -> Result<RunRecord, Failure> {
        let wrong = || {
            Failure::usage(format!("`{id}` is no execution's id"))
                .hint("an id is SCHEDULE@yyyy-mm-ddThh: groundline runs list")
        };
        let (schedule, scheduled) = id.rsplit_once('@').ok_or_else(wrong)?;
        let scheduled = Hour::parse(scheduled).map_err(|_| wrong())?;
        let mut runs = self.read(Some(schedule), Some(scheduled))?;
        runs.retain(|run| run.scheduled == scheduled);
        let mut runs = runs.into_iter();
        match (runs.next(), runs.next()) {
            (Some(run), None) => Ok(run),
            (None, _) => Err(Failure::failed(format!(
                "there is no execution `{id}` below `{}`",
                self.out
            ))
            .hint("groundline runs list")),
            (Some(one), Some(other)) => Err(Failure::usage(format!(
                "two models have an execution `{id}`: {} and {}",
                one.model, other.model
            ))
            .hint("say which with --model")),
        }
    }
}

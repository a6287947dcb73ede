//! `groundline sql`

use std::io::IsTerminal;
use std::path::Path;

use groundline_capture::LabelId;
use groundline_engine::{Catalog, SqlInputs, SqlSession};

use crate::args::sql::SqlArgs;
use crate::commands::{files, prompt, statements};
use crate::config::labels::labels;
use crate::config::layers::Layers;
use crate::config::model::{check_maps, id_attribute, label_id, own_columns, transform_hour};
use crate::config::run::{resources, sql_dir};
use crate::config::select::{Selected, select};
use crate::exit::ExitStatus;
use crate::failure::Failure;
use crate::output::Form;
use crate::printer::{Printer, Stdout};
use crate::workers::{Workers, interruption};

pub(crate) fn run(args: &SqlArgs) -> Result<ExitStatus, Failure> {
    let layers = Layers::load(args.layer())?;
    let settings = layers.common();
    let mut out = Stdout::open();
    if args.list || args.show.is_some() {
        match &args.show {
            Some(name) => statements::show(name, sql_dir(&settings).as_deref(), &mut out)?,
            None => statements::list(
                settings.require("output", |text| Ok(Form::parse(text)))?,
                &mut out,
            )?,
        }
        out.flush()?;
        return Ok(ExitStatus::Clean);
    }
    let printer = Printer::new(settings.switch("quiet"));
    for warning in &layers.warnings {
        printer.warn(warning);
    }
    let form = settings.require("output", |text| Ok(Form::parse(text)))?;
    let resources = resources(&settings)?;
    let inputs = inputs(args, &layers, printer)?;
    let prompts =
        args.commands.is_empty() && args.script.is_none() && std::io::stdin().is_terminal();
    if prompts && args.out.is_some() {
        return Err(Failure::usage("--out needs a statement").hint("give it with -c or -f"));
    }
    // Statements that cannot be read must not cost the listing of a bucket.
    let statements = if prompts {
        Vec::new()
    } else {
        statements::given(args)?
    };

    let catalog = Catalog::open(sql_dir(&settings).as_deref())?;
    let workers = Workers::start(resources.threads)?;
    let session = workers
        .wait(SqlSession::open(&inputs, &catalog, &resources))
        .ok_or_else(|| interruption("interrupted"))??;
    let mut shell = Shell {
        session,
        workers,
        form,
        printer,
        out,
    };
    let ended = if prompts {
        prompt::run(&mut shell)
    } else {
        shell.run_all(&statements, args.out.as_deref().map(Path::new))
    };
    let Shell {
        session,
        workers,
        mut out,
        ..
    } = shell;
    let flushed = out.flush();
    // First what holds temporary files, then those who may be writing them.
    drop(session);
    workers.stop();
    ended.and(flushed)?;
    Ok(ExitStatus::Clean)
}

/// A session and where its results go.
pub(crate) struct Shell {
    session: SqlSession,
    workers: Workers,
    form: Form,
    printer: Printer,
    pub(crate) out: Stdout,
}

impl Shell {
    /// Runs statements up to the first that fails. With a file, only the last one's rows are kept:
    /// they are written there, and the ones before prepare them.
    fn run_all(&mut self, statements: &[String], file: Option<&Path>) -> Result<(), Failure> {
        if statements.is_empty() {
            return Err(
                Failure::usage("there is no statement to run").hint("give one with -c or -f")
            );
        }
        for (at, statement) in statements.iter().enumerate() {
            let last = at + 1 == statements.len();
            let done = match file {
                Some(file) if last => self.write(statement, file),
                Some(_) => self.query(statement, false),
                None => self.query(statement, true),
            };
            done.map_err(|failure| {
                if statements.len() == 1 || failure.status == ExitStatus::Interrupted {
                    failure
                } else {
                    failure.while_doing(format!(
                        "statement {} of {} failed: {}",
                        at + 1,
                        statements.len(),
                        statements::excerpt(statement)
                    ))
                }
            })?;
            if self.out.is_closed() {
                break;
            }
        }
        Ok(())
    }

    /// Runs one statement and prints its rows as they come.
    pub(crate) fn query(&mut self, statement: &str, print: bool) -> Result<(), Failure> {
        let Self {
            session,
            workers,
            form,
            out,
            ..
        } = self;
        let work = async {
            let mut result = session.execute(statement).await?;
            let mut rows = form.rows(result.schema.clone());
            while let Some(batch) = result.next().await {
                let batch = batch?;
                if print {
                    rows.write(&batch, out)?;
                }
                if out.is_closed() {
                    return Ok(());
                }
            }
            if print {
                rows.finish(out)?;
                out.flush()?;
            }
            Ok(())
        };
        let done: Result<(), Failure> = workers
            .wait(work)
            .unwrap_or_else(|| Err(interruption("interrupted")));
        self.tell_rejects();
        done
    }

    fn write(&self, statement: &str, file: &Path) -> Result<(), Failure> {
        let rows = self
            .workers
            .wait(self.session.write(statement, file))
            .ok_or_else(|| interruption("interrupted"))?;
        self.tell_rejects();
        self.printer
            .note(&format!("{} rows written to {}", rows?, file.display()));
        Ok(())
    }

    /// Unreadable records do not stop a query, but nobody should miss them.
    fn tell_rejects(&self) {
        let groups = self.session.take_reject_summary();
        if groups.is_empty() {
            return;
        }
        let count: u64 = groups.iter().map(|group| group.count).sum();
        let reasons: Vec<_> = groups
            .iter()
            .map(|group| {
                format!(
                    "{} {} in {}, for example {}",
                    group.count, group.reason, group.table, group.example
                )
            })
            .collect();
        self.printer
            .warn(&format!("{count} records rejected: {}", reasons.join("; ")));
    }
}

/// The tables of the session.
fn inputs(args: &SqlArgs, layers: &Layers, printer: Printer) -> Result<SqlInputs, Failure> {
    let settings = layers.common();
    let files = files::tables(&args.files, &args.named_files)?;
    let out = settings.text("in").or_else(|| written(layers));
    let model = model(layers, !files.is_empty() || out.is_some(), printer)?;
    let mut inputs = SqlInputs {
        captures: None,
        transforms: None,
        labels: None,
        label_id: LabelId::default(),
        id_attribute: None,
        columns: Vec::new(),
        out,
        run_tables: Vec::new(),
        endpoints: Vec::new(),
        variants: Vec::new(),
        files,
        all: args.all,
    };
    if let Some(model) = model {
        let settings = &model.settings;
        inputs.captures = settings.text("captures");
        inputs.labels = labels(settings)?;
        inputs.label_id = label_id(settings)?;
        inputs.id_attribute = id_attribute(settings)?;
        inputs.columns = own_columns(settings);
        if let Some(uri) = settings.text("transforms") {
            let map = settings.checked_list("map", check_maps)?;
            inputs.transforms = Some((uri, map, transform_hour(settings)?));
        }
        if inputs.captures.is_some() {
            inputs.endpoints = model.endpoints;
            inputs.variants = model.variants;
        }
    }
    Ok(inputs)
}

/// The one model whose folders become tables. Where a configuration has several and the flags choose
/// none, a query over other tables goes on without.
fn model<'a>(
    layers: &'a Layers,
    has_others: bool,
    printer: Printer,
) -> Result<Option<Selected<'a>>, Failure> {
    let mut selected = select(layers)?;
    if selected.len() < 2 {
        return Ok(selected.pop());
    }
    let names: Vec<_> = selected.iter().map(|model| model.name.as_str()).collect();
    let names = names.join(", ");
    if has_others {
        printer.note(&format!(
            "no captures, transforms and labels: the configuration has several models ({names})"
        ));
        printer.hint("choose one with --model NAME");
        return Ok(None);
    }
    Err(
        Failure::usage(format!("the configuration has several models: {names}"))
            .hint("choose one with --model NAME"),
    )
}

/// The output folder of the configuration, once a merge has made it.
fn written(layers: &Layers) -> Option<String> {
    layers.file.as_ref()?;
    layers
        .common()
        .text("out")
        .filter(|out| Path::new(out).is_dir())
}

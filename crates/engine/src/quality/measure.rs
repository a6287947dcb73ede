//! One measurement: rows to workers, keys in order to rank metrics, states to figures.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::DataType;
use arrow::record_batch::RecordBatch;
use datafusion::common::ScalarValue;
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{Expr, lit};
use datafusion::physical_plan::execute_stream_partitioned;
use datafusion::prelude::{SessionContext, cast};
use futures::StreamExt;
use groundline_quality::{Measured, ProblemType};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

use super::collect::{Shared, Worker, names};
use super::error::QualityError;
use super::groups::{GroupName, Groups};
use super::options::{QualityOptions, QualitySource};
use super::own_metric;
use super::ranks;
use super::report::{Misfit, QualityGroup, QualityReport, RowCounts};
use super::segments::{SegmentBy, segment_text};
use super::sorter::Sorter;
use super::source::{MERGED, Source, micros};
use super::states::States;
use crate::catalog::Catalog;
use crate::cluster::on_cluster;
use crate::error::EngineError;
use crate::options::Resources;
use crate::session::{Parameter, fork, new_context, statement};

/// Share of the memory limit for keys that are sorted in memory.
const KEYS_SHARE: u64 = 4;

/// Measures the rows of one model or data set.
pub async fn measure(options: &QualityOptions) -> Result<QualityReport, EngineError> {
    let catalog = Catalog::open(options.sql_dir.as_deref())?;
    let resources = &options.resources;
    let threads = resources.threads.max(1);
    let partitions = match &resources.cluster {
        Some(cluster) => cluster.cores().await?,
        None => threads,
    };
    let context = new_context(resources, partitions)?;
    let mut options = options.clone();
    let stores = &resources.stores;
    let (rows, window) = (&options.source, options.window);
    let source = Source::open(&context, stores, rows, window).await?;
    if options.window.is_none() {
        options.window = source.hours().await?;
    }
    let options = &options;
    context.register_table(MERGED, source.frame.clone().into_view())?;
    let problem_type = problem_type(options, &source).await?;
    let by: Vec<SegmentBy> = options
        .by
        .iter()
        .map(|text| SegmentBy::parse(&context, &source, text))
        .collect::<Result<_, _>>()?;
    let cuts = options.every != super::Every::Window;
    if cuts && source.hour().is_none() {
        return Err(source.no_hour().into());
    }
    // Rows of a table are known by their place, which must not depend on the threads.
    let keyed =
        matches!(options.source, QualitySource::Merged { .. }) && source.column("key").is_some();
    let reader = match keyed {
        true => context.clone(),
        false => in_parts(&context),
    };
    let frame = canonical(&reader, &catalog, options, &source, problem_type, &by).await?;
    let keys = usize::try_from(resources.memory_limit / KEYS_SHARE).unwrap_or(usize::MAX);
    let (ranked, measured) = match problem_type {
        ProblemType::BinaryClassification => (keys, 0),
        ProblemType::Regression => (keys / 2, keys / 2),
        ProblemType::MulticlassClassification => (0, 0),
    };
    let shared = Arc::new(Shared {
        groups: Groups::new(cuts, by.len())?,
        every: options.every,
        segments: by.len(),
        keyed,
        ranks: Sorter::new(ranked, &context),
        magnitudes: Sorter::new(measured, &context),
    });
    let seen = collect(frame, &shared, resources, problem_type).await?;
    let shared = Arc::into_inner(shared)
        .ok_or_else(|| QualityError::Open("a worker is still at work".to_owned()))?;
    let misfits = seen.misfits(options, problem_type)?;
    refuse_absent(options, &source, &seen)?;
    // Only one set of curves is ever shown.
    let points = match cuts || !by.is_empty() {
        true => 0,
        false => options.curve_points,
    };
    let (ranks, magnitudes) = (shared.ranks, shared.magnitudes);
    let measured = ranks::finish(&seen.states, ranks, magnitudes, points, options).await?;
    let names: Vec<String> = by.into_iter().map(|by| by.name).collect();
    let mut groups = grouped(
        options,
        shared.groups.names()?,
        &names,
        &seen.counts,
        measured,
    )?;
    own_metric::add(&on_one_thread(&context), &source, options, &mut groups).await?;
    Ok(QualityReport {
        name: source.name,
        problem_type,
        window: options.window,
        by: names,
        groups,
        misfits,
    })
}

/// Parts in which a table is read, whatever the threads.
const PARTS: usize = 8;

/// A session that cuts files into the same parts on every machine, and keeps the order of rows in each.
fn in_parts(context: &SessionContext) -> SessionContext {
    let mut config = context
        .copied_config()
        .with_target_partitions(PARTS)
        .with_round_robin_repartition(false);
    // Else a part that is done reads what another has not begun.
    let execution = &mut config.options_mut().execution;
    execution.enable_file_stream_work_stealing = false;
    fork(context, config)
}

/// A session that reads one file after the other, and adds up in the order of rows. It has the same stores and memory.
fn on_one_thread(context: &SessionContext) -> SessionContext {
    fork(context, context.copied_config().with_target_partitions(1))
}

/// What was asked for, or what probabilities tell.
async fn problem_type(
    options: &QualityOptions,
    source: &Source,
) -> Result<ProblemType, EngineError> {
    if let Some(problem_type) = options.values.problem_type {
        return Ok(problem_type);
    }
    let unknown = || QualityError::NoProblemType {
        name: source.name.clone(),
    };
    let probability = source.probability.clone().ok_or_else(unknown)?;
    if let QualitySource::Dataset(_) = options.source {
        return Ok(ProblemType::BinaryClassification);
    }
    let some = source.frame.clone().filter(probability.is_not_null())?;
    match some.limit(0, Some(1))?.count().await? {
        0 if source.frame.clone().limit(0, Some(1))?.count().await? == 0 => {
            Err(QualityError::Empty {
                name: source.name.clone(),
            }
            .into())
        }
        0 => Err(unknown().into()),
        _ => Ok(ProblemType::BinaryClassification),
    }
}

/// The rows as the statement of the kind of problem makes them, and no more columns than are needed.
async fn canonical(
    context: &SessionContext,
    catalog: &Catalog,
    options: &QualityOptions,
    source: &Source,
    problem_type: ProblemType,
    by: &[SegmentBy],
) -> Result<DataFrame, EngineError> {
    let none = || lit(ScalarValue::Utf8(None));
    let mut columns: Vec<Expr> = vec![
        source.label.clone().alias(names::LABEL),
        source
            .prediction
            .clone()
            .unwrap_or_else(none)
            .alias(names::PREDICTION),
        source
            .probability
            .clone()
            .unwrap_or_else(none)
            .alias(names::PROBABILITY),
    ];
    let mut chosen: Vec<String> = [
        names::LABEL,
        names::PREDICTION,
        names::PROBABILITY,
        names::ACTUAL,
        names::PREDICTED,
        names::SCORE,
    ]
    .map(str::to_owned)
    .into();
    let mut also = |expression: Expr, name: &str| {
        columns.push(expression.alias(name));
        chosen.push(name.to_owned());
    };
    if options.every != super::Every::Window
        && let Some(hour) = source.hour()
    {
        also(micros(hour), names::HOUR);
    }
    if let Some(broken) = source.broken() {
        also(broken, names::BROKEN);
    }
    let merged = matches!(options.source, QualitySource::Merged { .. });
    if let (true, Some(key)) = (merged, source.column("key")) {
        also(
            datafusion::functions::core::expr_fn::coalesce(vec![
                cast(key, DataType::Utf8),
                lit(""),
            ]),
            names::KEY,
        );
    }
    if let (true, Some(index)) = (merged, source.column("record_index")) {
        also(cast(index, DataType::Int64), names::INDEX);
    }
    for (at, by) in by.iter().enumerate() {
        also(
            cast(by.expression.clone(), DataType::Utf8),
            &names::segment(at),
        );
    }
    let plan = source.frame.logical_plan().clone();
    let measured = DataFrame::new(context.state(), plan).select(columns)?;
    context.register_table("measured", measured.into_view())?;
    let values = &options.values;
    let text = |value: &str| ScalarValue::Utf8(Some(value.to_owned()));
    let label_type = match values.numbers_are_classes {
        true => "auto",
        false => "string",
    };
    let class_names = match values.class_names.as_slice() {
        [] => None,
        names => Some(serde_json::json!(names).to_string()),
    };
    let parameters: [Parameter; 5] = [
        ("positive_class", text(&values.positive_class)),
        ("negative_class", text(&values.negative_class)),
        ("label_type", text(label_type)),
        (
            "probability_threshold",
            ScalarValue::Float64(Some(values.probability_threshold)),
        ),
        ("class_names", ScalarValue::Utf8(class_names)),
    ];
    let name = match problem_type {
        ProblemType::BinaryClassification => "quality/binary",
        ProblemType::MulticlassClassification => "quality/multiclass",
        ProblemType::Regression => "quality/regression",
    };
    let frame = statement(context, catalog, name, &parameters).await?;
    let chosen: Vec<&str> = chosen.iter().map(String::as_str).collect();
    Ok(frame.select_columns(&chosen)?)
}

/// What all workers have seen.
struct Seen {
    states: States,
    counts: Vec<RowCounts>,
    misfits: BTreeMap<super::MisfitKind, (u64, String)>,
}

/// Bits of a row's number in its part.
const PART_BITS: u32 = 48;

/// Batches that wait for a worker.
const WAITING: usize = 4;

/// Reads all rows, on all threads.
async fn collect(
    frame: DataFrame,
    shared: &Arc<Shared>,
    resources: &Resources,
    problem_type: ProblemType,
) -> Result<Seen, EngineError> {
    let threads = resources.threads.max(1);
    let task = Arc::new(frame.task_ctx());
    let plan = frame.create_physical_plan().await?;
    let on_cluster = match &resources.cluster {
        Some(cluster) => {
            let config = task.session_config().clone();
            on_cluster(cluster, "quality", &plan, config).await?
        }
        None => None,
    };
    let streams = match on_cluster {
        Some(done) => done.partitions,
        None => execute_stream_partitioned(plan, task)?,
    };
    let (sender, receiver) = mpsc::channel::<(RecordBatch, u64)>(WAITING);
    let receiver = Arc::new(Mutex::new(receiver));
    let mut readers: JoinSet<Result<(), EngineError>> = JoinSet::new();
    for (part, mut stream) in streams.into_iter().enumerate() {
        let sender = sender.clone();
        readers.spawn(async move {
            let mut first = (part as u64) << PART_BITS;
            while let Some(batch) = stream.next().await.transpose()? {
                let rows = batch.num_rows() as u64;
                if sender.send((batch, first)).await.is_err() {
                    break;
                }
                first += rows;
            }
            Ok(())
        });
    }
    drop(sender);
    let mut workers: JoinSet<Result<Worker, EngineError>> = JoinSet::new();
    for _ in 0..threads {
        let (receiver, mut worker) = (
            Arc::clone(&receiver),
            Worker::new(Arc::clone(shared), problem_type),
        );
        workers.spawn(async move {
            loop {
                let next = receiver.lock().await.recv().await;
                let Some((batch, first)) = next else { break };
                worker.take(&batch, first).await?;
            }
            worker.finish().await
        });
    }
    // A worker that fails drops the channel, and then readers stop; its error is the one to tell.
    drop(receiver);
    let mut seen = Seen {
        states: States::new(problem_type),
        counts: Vec::new(),
        misfits: BTreeMap::new(),
    };
    let mut finished = Vec::new();
    while let Some(worker) = workers.join_next().await {
        finished.push(joined(worker)?);
    }
    while let Some(reader) = readers.join_next().await {
        joined(reader)?;
    }
    let groups = finished
        .iter()
        .map(|worker| worker.counts.len())
        .max()
        .unwrap_or(0)
        .max(1);
    seen.states.grow(groups);
    seen.counts.resize(groups, RowCounts::default());
    for worker in &finished {
        seen.states
            .merge(&worker.states)
            .map_err(QualityError::from)?;
        for (counts, more) in seen.counts.iter_mut().zip(&worker.counts) {
            counts.add(more);
        }
        for (kind, (count, example)) in &worker.misfits {
            let known = seen
                .misfits
                .entry(*kind)
                .or_insert_with(|| (0, example.clone()));
            known.0 += count;
            if *example < known.1 {
                known.1.clone_from(example);
            }
        }
    }
    Ok(seen)
}

fn joined<T>(
    result: Result<Result<T, EngineError>, tokio::task::JoinError>,
) -> Result<T, EngineError> {
    result.map_err(|error| QualityError::Open(format!("a task stopped: {error}")))?
}

impl Seen {
    /// All rows together.
    fn total(&self) -> RowCounts {
        let mut total = RowCounts::default();
        for counts in &self.counts {
            total.add(counts);
        }
        total
    }

    /// The values that are none, if so many are accepted.
    fn misfits(
        &self,
        options: &QualityOptions,
        problem_type: ProblemType,
    ) -> Result<Vec<Misfit>, QualityError> {
        let misfits: Vec<Misfit> = self
            .misfits
            .iter()
            .map(|(kind, (count, example))| Misfit {
                kind: *kind,
                count: *count,
                example: example.clone(),
            })
            .collect();
        let total = self.total();
        match options.max_rejects.accepts(total.misfits, total.read) {
            true => Ok(misfits),
            false => Err(QualityError::Misfits {
                misfits,
                read: total.read,
                problem_type,
            }),
        }
    }
}

/// A data set without rows, labels or predictions is a mistake; hours without labels wait for them.
fn refuse_absent(
    options: &QualityOptions,
    source: &Source,
    seen: &Seen,
) -> Result<(), QualityError> {
    let total = seen.total();
    if total.read == 0 {
        return Err(QualityError::Empty {
            name: source.name.clone(),
        });
    }
    let QualitySource::Dataset(dataset) = &options.source else {
        return Ok(());
    };
    let absent = |what, name: &Option<String>| QualityError::NoValue {
        what,
        name: name.clone().unwrap_or_default(),
        files: source.name.clone(),
    };
    if total.unlabelled == total.read {
        return Err(absent(
            "ground truth attribute",
            &dataset.ground_truth_attribute,
        ));
    }
    if total.no_prediction == total.read - total.unlabelled {
        return Err(match &dataset.inference_attribute {
            None => absent("probability attribute", &dataset.probability_attribute),
            given => absent("inference attribute", given),
        });
    }
    Ok(())
}

fn grouped(
    options: &QualityOptions,
    groups: Vec<GroupName>,
    names: &[String],
    counts: &[RowCounts],
    measured: Vec<Measured>,
) -> Result<Vec<QualityGroup>, QualityError> {
    let mut rows: Vec<((GroupName, &RowCounts), Measured)> =
        groups.into_iter().zip(counts).zip(measured).collect();
    // By window, then by segment: numbers are in the order in which threads met the rows.
    rows.sort_by(|one, two| one.0.0.cmp(&two.0.0));
    let rows = rows.into_iter();
    rows.map(|((name, counts), measured)| {
        if !counts.closes() || measured.rows != counts.measured {
            return Err(QualityError::Open(format!(
                "{counts:?}, {} measured",
                measured.rows
            )));
        }
        let labelled = counts.read - counts.unlabelled;
        Ok(QualityGroup {
            window: options.every.piece(name.start, options.window),
            segment: segment_text(names, &name.segment),
            rows: *counts,
            measured,
            own: Vec::new(),
            label_coverage: Some(groundline_quality::label_coverage(labelled, counts.read)),
        })
    })
    .collect()
}

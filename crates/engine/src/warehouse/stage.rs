//! Reads a table of labels once: query, conversion, external sort, staging.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, AsArray, Int64Array};
use arrow::datatypes::{Int64Type, SchemaRef, UInt32Type};
use arrow::record_batch::RecordBatch;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::prelude::{SessionContext, col};
use futures::StreamExt;
use groundline_capture::Reject;
use groundline_store::{Hour, Object, Skipped, Window};
use sha2::{Digest, Sha256};

use super::error::LabelTableError;
use super::query::{computing, plan};
use super::rows::{Conversion, schema};
use super::staged::{StagedRows, Staging};
use super::table::TableFiles;
use crate::error::EngineError;
use crate::label_source::{LabelQuery, LabelTable};
use crate::options::Resources;
use crate::read::{LogKey, LoggedReject, Side};
use crate::session::new_context;
use crate::tables::{Input, InputKind};

/// Labels of a table, read and sorted.
#[derive(Debug, Default)]
pub(crate) struct Staged {
    /// One for each hour and file that has labels, in order of (hour, file).
    pub(crate) inputs: Vec<Input>,
    pub(crate) rejects: Vec<LoggedReject>,
    /// Labels of hours outside the window.
    pub(crate) outside: u64,
    pub(crate) skipped: Skipped,
}

/// Reads the labels whose hour lies in `window`, or all.
pub(crate) async fn stage(
    table: &LabelTable,
    window: Option<Window>,
    resources: &Resources,
) -> Result<Staged, EngineError> {
    let files = TableFiles::open(&resources.stores, &table.files, &resources.limits).await?;
    stage_files(table, Arc::new(files), window, resources).await
}

/// The same of files that are open.
pub(super) async fn stage_files(
    table: &LabelTable,
    files: Arc<TableFiles>,
    window: Option<Window>,
    resources: &Resources,
) -> Result<Staged, EngineError> {
    let context = new_context(resources, resources.threads)?;
    let rows = plan(&context, table, &files).await?;
    let placed = rows.placed;
    let numbered = (0..).zip(&files.files.objects);
    let conversion = Arc::new(Conversion {
        numbers: numbered
            .map(|(number, object)| (object.key.clone(), number))
            .collect::<HashMap<String, u32>>(),
        files: Arc::clone(&files),
        placed,
        window,
        longest: resources.limits.max_record_bytes,
        outside: AtomicU64::new(0),
    });
    let streams = rows
        .frame
        .execute_stream_partitioned()
        .await
        .map_err(|source| computing(table, source))?;
    let mut sorted = sort(&context, streams, &conversion).await?;

    let (single, objects);
    if placed {
        objects = files.files.objects.as_slice();
    } else {
        single = [query_object(table, &files)];
        objects = &single;
    }
    let mut places = Places {
        staging: Staging::new(&resources.temp_dir),
        runs: Vec::new(),
        window: (!placed).then_some(window).flatten(),
        outside: 0,
        numbered: (!placed).then_some(0),
        last: None,
    };
    while let Some(batch) = sorted.next().await {
        let batch = batch.map_err(|source| computing(table, source))?;
        places.add(&batch, objects)?;
    }
    let outside = places.outside + conversion.outside.load(Ordering::Relaxed);
    let rejects = files
        .rejected
        .take()
        .into_iter()
        .map(|(file, hour, reject)| {
            let object = file.map_or(objects.first(), |file| {
                files
                    .files
                    .objects
                    .get(usize::try_from(file).unwrap_or(usize::MAX))
            });
            logged(
                object.map(|o| o.key.clone()).unwrap_or_default(),
                hour,
                reject,
            )
        })
        .collect();
    Ok(Staged {
        inputs: places.inputs(&files, objects),
        rejects,
        outside,
        skipped: files.files.skipped,
    })
}

/// What stands for the files where a query's rows have no place in them.
fn query_object(table: &LabelTable, files: &TableFiles) -> Object {
    let name = match &table.query {
        LabelQuery::Sql { name, .. } => name.clone(),
        LabelQuery::Columns { .. } => table.files.clone(),
    };
    // Any file can change any label, so its identity is that of all.
    let mut identity = Sha256::new();
    let mut size = 0_u64;
    for object in &files.files.objects {
        let etag = object.etag.as_deref().unwrap_or_default();
        let of_mtime = if etag.is_empty() {
            object.mtime_micros
        } else {
            0
        };
        identity.update(format!(
            "{}\n{}\n{etag}\n{of_mtime}\n",
            object.key, object.size
        ));
        size = size.saturating_add(object.size);
    }
    Object {
        path: files.files.root.prefix().clone(),
        key: name,
        size,
        mtime_micros: 0,
        etag: Some(format!("{:x}", identity.finalize())),
    }
}

fn logged(file: String, hour: Option<Hour>, reject: Reject) -> LoggedReject {
    LoggedReject {
        key: LogKey {
            side: Side::Labels,
            endpoint: String::new(),
            variant: String::new(),
            hour,
            file,
            start: 0,
        },
        // Rows count from 1 where lines do.
        line: reject.position.saturating_add(1),
        reject,
    }
}

/// The labels in order, sorted with spill files where memory does not hold them.
async fn sort(
    context: &SessionContext,
    streams: Vec<SendableRecordBatchStream>,
    conversion: &Arc<Conversion>,
) -> Result<SendableRecordBatchStream, EngineError> {
    let partitions: Vec<Arc<dyn PartitionStream>> = streams
        .into_iter()
        .map(|stream| {
            Arc::new(Converted {
                schema: schema(),
                rows: Mutex::new(Some(stream)),
                conversion: Arc::clone(conversion),
            }) as Arc<dyn PartitionStream>
        })
        .collect();
    let labels = StreamingTable::try_new(schema(), partitions)?;
    // Rows with a place end their order there; the others are ordered by what they say.
    let mut order = vec!["at", "file", "position"];
    if !conversion.placed {
        order = vec!["at", "key", "label"];
    }
    let order = order.into_iter().map(|name| col(name).sort(true, true));
    let frame = context
        .read_table(Arc::new(labels))?
        .sort(order.collect())?;
    Ok(frame.execute_stream().await?)
}

/// A stream of rows, turned into labels; it is read once.
struct Converted {
    schema: SchemaRef,
    rows: Mutex<Option<SendableRecordBatchStream>>,
    conversion: Arc<Conversion>,
}

impl fmt::Debug for Converted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Converted").finish_non_exhaustive()
    }
}

impl PartitionStream for Converted {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let rows = self
            .rows
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let conversion = Arc::clone(&self.conversion);
        let labels = futures::stream::iter(rows)
            .flatten()
            .map(move |batch| Ok(conversion.labels(&batch?)?));
        Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            labels,
        ))
    }
}

/// Cuts sorted labels into runs of one hour and file.
struct Places<'a> {
    staging: Staging<'a>,
    runs: Vec<Run>,
    /// What rows without a place are still to be held against.
    window: Option<Window>,
    outside: u64,
    /// Number of the next row, where its order is its place.
    numbered: Option<i64>,
    /// Hour, file and row of the label before.
    last: Option<(i64, u32, i64)>,
}

struct Run {
    hour: Hour,
    file: u32,
    from: u64,
    to: u64,
    bytes: u64,
}

impl Places<'_> {
    /// Refuses two labels of one place: a label is known by hour, file and position.
    fn distinct(&mut self, batch: &RecordBatch, objects: &[Object]) -> Result<(), EngineError> {
        let (at, files) = (
            batch.column(0).as_primitive::<Int64Type>().values(),
            batch.column(1).as_primitive::<UInt32Type>().values(),
        );
        let rows = batch.column(2).as_primitive::<Int64Type>().values();
        for ((at, file), row) in at.iter().zip(files).zip(rows) {
            let place = Some((*at, *file, *row));
            if self.last == place {
                let object = usize::try_from(*file).ok().and_then(|at| objects.get(at));
                return Err(LabelTableError::RepeatedPlace {
                    file: object.map(|o| o.key.clone()).unwrap_or_default(),
                    row: *row,
                }
                .into());
            }
            self.last = place;
        }
        Ok(())
    }

    fn add(&mut self, batch: &RecordBatch, objects: &[Object]) -> Result<(), EngineError> {
        if self.numbered.is_none() {
            self.distinct(batch, objects)?;
        }
        let positions: ArrayRef = match &mut self.numbered {
            None => Arc::clone(batch.column(2)),
            Some(next) => {
                let count = i64::try_from(batch.num_rows()).unwrap_or(i64::MAX);
                let numbers = Int64Array::from_iter_values(*next..*next + count);
                *next += count;
                Arc::new(numbers)
            }
        };
        let (at, files) = (
            batch.column(0).as_primitive::<Int64Type>(),
            batch.column(1).as_primitive::<UInt32Type>(),
        );
        let kept = RecordBatch::try_from_iter_with_nullable([
            ("position", positions, false),
            ("key", Arc::clone(batch.column(3)), false),
            ("label", Arc::clone(batch.column(4)), true),
            ("json", Arc::clone(batch.column(5)), false),
        ])?;
        let row_bytes = (kept.get_array_memory_size() / kept.num_rows().max(1)).max(1) as u64;
        // Rows are in order of time, so those of the window stand together.
        let inside = |row: &usize| {
            let hour = Hour::from_micros(at.value(*row));
            self.window.is_none_or(|window| window.contains(hour))
        };
        let rows = 0..batch.num_rows();
        let first = rows.clone().find(inside).unwrap_or(batch.num_rows());
        let count = rows.skip(first).take_while(inside).count();
        self.outside += (batch.num_rows() - count) as u64;
        for row in first..first + count {
            let (hour, file) = (Hour::from_micros(at.value(row)), files.value(row));
            let number = self.staging.next() + (row - first) as u64;
            match self.runs.last_mut() {
                Some(run) if run.hour == hour && run.file == file => {
                    run.to = number + 1;
                    run.bytes += row_bytes;
                }
                _ => self.runs.push(Run {
                    hour,
                    file,
                    from: number,
                    to: number + 1,
                    bytes: row_bytes,
                }),
            }
        }
        self.staging.add(kept.slice(first, count))
    }

    fn inputs(self, files: &TableFiles, objects: &[Object]) -> Vec<Input> {
        let labels = self.staging.finish();
        let inputs = self.runs.into_iter().filter_map(|run| {
            let object = objects.get(usize::try_from(run.file).ok()?)?;
            Some(Input {
                kind: InputKind::Labels,
                root: files.files.root.clone(),
                object: object.clone(),
                hour: run.hour,
                endpoint: String::new(),
                variant: String::new(),
                pair: None,
                ids: Arc::default(),
                staged: Some(StagedRows {
                    labels: Arc::clone(&labels),
                    from: run.from,
                    to: run.to,
                    bytes: run.bytes,
                }),
            })
        });
        inputs.collect()
    }
}

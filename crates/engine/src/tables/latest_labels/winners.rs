//! The labels that win their keys, in batches.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, BooleanBufferBuilder, StringArray,
    TimestampMicrosecondArray,
};
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::execution::memory_pool::MemoryReservation;
use futures::StreamExt;
use groundline_capture::Column;
use hashbrown::DefaultHashBuilder;

use super::super::input::Input;
use super::super::schema::TableKind;
use crate::error::EngineError;
use crate::in_order::{Results, in_order};
use crate::key_table::{KeyTable, by_share, hash_key, share_of};
use crate::options::Resources;
use crate::read::{ReadOptions, ScanLog, open_ahead, pieces, units};

/// Bits of a label's number that say its row, the others its batch.
const ROW_BITS: u32 = 12;
/// Labels of a batch.
const ROWS: usize = 1 << ROW_BITS;

/// Every label, and which of them have lost their key to a later one.
#[derive(Debug)]
pub(super) struct Winners {
    /// Each is taken once.
    batches: Vec<Mutex<Option<RecordBatch>>>,
    /// Rows that stay, of batches that lose some.
    keep: Vec<Option<BooleanArray>>,
    /// For as long as the batches are held.
    _memory: MemoryReservation,
}

/// Labels in label order, with the hashes of their keys.
struct Labels {
    /// The columns that are asked for, then the key.
    rows: RecordBatch,
    hashes: Vec<u32>,
}

impl Labels {
    fn bytes(&self) -> usize {
        self.rows.get_array_memory_size() + self.hashes.len() * size_of::<u32>()
    }

    fn key(&self, row: usize) -> &str {
        let keys = self.rows.column(self.rows.num_columns() - 1);
        keys.as_string::<i32>().value(row)
    }
}

impl Winners {
    /// Reads all of `labels`, which are in order of (hour, key), for the columns of `schema`.
    pub(super) async fn read(
        schema: SchemaRef,
        labels: &[Input],
        resources: &Resources,
        log: &Arc<ScanLog>,
        memory: MemoryReservation,
    ) -> Result<Self, EngineError> {
        let hasher = DefaultHashBuilder::default();
        let columns = Arc::new(Columns::new(&schema));
        let options = ReadOptions {
            grain: TableKind::Labels.grain(),
            columns: columns.decoded.clone(),
            batch_rows: resources.batch_size.clamp(1, ROWS),
            batch_bytes: crate::read::BATCH_BYTES,
            limits: resources.limits,
            log: Arc::clone(log),
            progress: None,
        };
        let mut read: Vec<Labels> = Vec::new();
        in_order(
            units(labels, resources.split_size),
            resources.under_way(),
            |unit, results: Results<Labels>| {
                let (options, columns, hasher) =
                    (options.clone(), Arc::clone(&columns), hasher.clone());
                async move {
                    let mut few = Few::new(&columns, &hasher);
                    let inputs = unit
                        .inputs
                        .into_iter()
                        .map(|(_, input)| (input.clone(), input));
                    let mut readers = open_ahead(inputs.collect(), unit.range, &options);
                    while let Some(opened) = readers.next().await {
                        let (input, mut reader) = opened?;
                        while let Some(batch) = reader.next().await? {
                            for piece in pieces(&batch, ROWS) {
                                if let Some(full) = few.add(columns.rows(&piece, &input)?)?
                                    && results.send(full).await.is_err()
                                {
                                    return Ok(());
                                }
                            }
                        }
                    }
                    if let Some(last) = few.finish()? {
                        let _ = results.send(last).await;
                    }
                    Ok(())
                }
            },
            |labels| {
                memory.try_grow(labels.bytes())?;
                read.push(labels);
                Ok(())
            },
        )
        .await?;
        if read.len() > (u32::MAX >> ROW_BITS) as usize {
            return Err(EngineError::TooManyLabels);
        }
        let labels: usize = read.iter().map(|labels| labels.hashes.len()).sum();
        let table = memory.new_empty();
        table.try_grow(KeyTable::bytes(labels))?;
        let read = Arc::new(read);
        let all = Arc::clone(&read);
        let shares = by_share(resources.threads, move |share, count| {
            losers(&all, share, count)
        });
        let mut lost = vec![Vec::new(); read.len()];
        for label in shares.await?.into_iter().flatten() {
            if let Some(rows) = lost.get_mut((label >> ROW_BITS) as usize) {
                rows.push(label as usize & (ROWS - 1));
            }
        }
        let keep = read.iter().zip(&lost);
        let keep = keep
            .map(|(labels, lost)| kept(labels.hashes.len(), lost))
            .collect();
        let asked: Vec<usize> = (0..schema.fields().len()).collect();
        let batches = read
            .iter()
            .map(|labels| Ok(Mutex::new(Some(labels.rows.project(&asked)?))))
            .collect::<Result<_, EngineError>>()?;
        Ok(Self {
            batches,
            keep,
            _memory: memory,
        })
    }

    /// Batches there are.
    pub(super) fn len(&self) -> usize {
        self.batches.len()
    }

    /// The winners of a batch, once.
    pub(super) fn take(&self, number: usize) -> Result<RecordBatch, EngineError> {
        let batch = self.batches.get(number).and_then(|batch| {
            let mut batch = batch.lock().unwrap_or_else(PoisonError::into_inner);
            batch.take()
        });
        let Some(batch) = batch else {
            return Err(EngineError::Worker {
                reason: format!("batch {number} of latest_labels was taken before"),
            });
        };
        Ok(match self.keep.get(number) {
            Some(Some(keep)) => filter_record_batch(&batch, keep)?,
            _ => batch,
        })
    }
}

/// Labels of one share of the keys that are not the last of theirs.
fn losers(read: &[Labels], share: usize, count: usize) -> Vec<u32> {
    let mine = || {
        (0_u32..).zip(read).flat_map(move |(batch, labels)| {
            (batch << ROW_BITS..)
                .zip(&labels.hashes)
                .filter(move |(_, hash)| share_of(**hash, count) == share)
        })
    };
    let key = |label: u32| {
        let labels = read.get((label >> ROW_BITS) as usize);
        labels.map_or("", |labels| labels.key(label as usize & (ROWS - 1)))
    };
    let mut latest = KeyTable::with_room(mine().count());
    mine()
        .filter_map(|(label, hash)| latest.replace(*hash, label, |other| key(other) == key(label)))
        .collect()
}

/// Rows that stay; `None` for all.
fn kept(rows: usize, lost: &[usize]) -> Option<BooleanArray> {
    if lost.is_empty() {
        return None;
    }
    let mut keep = BooleanBufferBuilder::new(rows);
    keep.append_n(rows, true);
    for row in lost {
        keep.set_bit(*row, false);
    }
    Some(BooleanArray::new(keep.finish(), None))
}

/// Which columns are made, and how.
struct Columns {
    /// The columns that are asked for, then the key.
    schema: SchemaRef,
    decoded: Vec<Column>,
}

impl Columns {
    fn new(asked: &Schema) -> Self {
        let key = Field::new("key of the label", arrow::datatypes::DataType::Utf8, false);
        let fields: Vec<_> = asked
            .fields()
            .iter()
            .cloned()
            .chain([Arc::new(key)])
            .collect();
        let decoded = TableKind::Labels.decoded().iter().copied();
        Self {
            schema: Arc::new(Schema::new(fields)),
            decoded: decoded
                .filter(|c| *c == Column::Key || asked.index_of(c.name()).is_ok())
                .collect(),
        }
    }

    /// The rows of a decoded batch of `input`.
    fn rows(&self, batch: &RecordBatch, input: &Input) -> Result<RecordBatch, EngineError> {
        let rows = batch.num_rows();
        let decoded = |name: &str| -> Result<ArrayRef, EngineError> {
            Ok(Arc::clone(batch.column(batch.schema().index_of(name)?)))
        };
        let (_, asked) = match self.schema.fields().split_last() {
            Some((last, asked)) => (last, asked),
            None => return Ok(batch.clone()),
        };
        let mut arrays = Vec::with_capacity(asked.len() + 1);
        for field in asked {
            arrays.push(match field.name().as_str() {
                "hour" => {
                    let hour = TimestampMicrosecondArray::from_value(input.hour.micros(), rows);
                    Arc::new(hour.with_timezone("UTC")) as ArrayRef
                }
                "file" => {
                    let file = std::iter::repeat_n(input.object.key.as_str(), rows);
                    Arc::new(StringArray::from_iter_values(file))
                }
                name => decoded(name)?,
            });
        }
        arrays.push(decoded(Column::Key.name())?);
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), arrays)?)
    }
}

/// Puts small batches together.
struct Few<'a> {
    columns: &'a Columns,
    hasher: &'a DefaultHashBuilder,
    waiting: Vec<RecordBatch>,
    rows: usize,
}

impl<'a> Few<'a> {
    fn new(columns: &'a Columns, hasher: &'a DefaultHashBuilder) -> Self {
        Self {
            columns,
            hasher,
            waiting: Vec::new(),
            rows: 0,
        }
    }

    /// Takes a batch in; gives those before it when there is no room for it.
    fn add(&mut self, batch: RecordBatch) -> Result<Option<Labels>, EngineError> {
        let full = match self.rows + batch.num_rows() > ROWS {
            true => self.finish()?,
            false => None,
        };
        self.rows += batch.num_rows();
        self.waiting.push(batch);
        Ok(full)
    }

    fn finish(&mut self) -> Result<Option<Labels>, EngineError> {
        let waiting = std::mem::take(&mut self.waiting);
        self.rows = 0;
        let rows = match waiting.as_slice() {
            [] => return Ok(None),
            [only] => only.clone(),
            several => concat_batches(&self.columns.schema, several)?,
        };
        let keys = rows.column(rows.num_columns() - 1).as_string::<i32>();
        let hashes = (0..keys.len())
            .map(|row| hash_key(self.hasher, keys.value(row)))
            .collect();
        Ok(Some(Labels { rows, hashes }))
    }
}

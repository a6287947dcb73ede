//! Building the label index, object by object, in order of (hour, file, position).

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, AtomicU32};

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use arrow::record_batch::RecordBatch;
use groundline_capture::{Column, Encoding, Selector, label_shape};
use groundline_store::Hour;
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

use super::{LabelIndex, LabelRow, NULL, PackedShape, key_of, tag};
use crate::error::EngineError;

/// Columns that the index is built from, in this order.
pub(crate) const LABEL_COLUMNS: &[Column] = &[
    Column::Key,
    Column::Label,
    Column::LabelEncoding,
    Column::Position,
];

/// Bytes of key and label that room is made for; memory that is not written to costs nothing.
const TEXT: usize = 40;

/// Builds the index; labels are added in order of (hour, file, position).
#[derive(Debug)]
pub(crate) struct LabelIndexBuilder {
    index: LabelIndex,
    attribute: Option<Selector>,
    encodings: HashMap<Option<String>, u32>,
}

impl LabelIndexBuilder {
    /// `expected` labels are made room for at once.
    pub(crate) fn new(attribute: Option<Selector>, expected: usize) -> Self {
        let index = LabelIndex {
            files: Vec::new(),
            rows: Vec::with_capacity(expected),
            texts: String::with_capacity(expected.saturating_mul(TEXT)),
            encoding_names: Vec::new(),
            hasher: DefaultHashBuilder::default(),
            heads: HashTable::with_capacity(expected),
            several: HashMap::new(),
            mismatch: Mutex::new(None),
        };
        Self {
            index,
            attribute,
            encodings: HashMap::new(),
        }
    }

    /// Labels of the next object; batches hold [`LABEL_COLUMNS`].
    pub(crate) fn add_file(
        &mut self,
        hour: Hour,
        file: &str,
        batches: &[RecordBatch],
    ) -> Result<(), EngineError> {
        let number = narrow(self.index.files.len())?;
        self.index.files.push((hour, file.to_owned()));
        for batch in batches {
            let keys = batch.column(0).as_string::<i32>();
            let labels = batch.column(1).as_string::<i32>();
            let encodings = batch.column(2).as_string::<i32>();
            let positions = batch.column(3).as_primitive::<Int64Type>();
            for row in 0..batch.num_rows() {
                let label = labels.is_valid(row).then(|| labels.value(row));
                let encoding = encodings.is_valid(row).then(|| encodings.value(row));
                self.add(
                    number,
                    keys.value(row),
                    label,
                    encoding,
                    positions.value(row),
                )?;
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        file: u32,
        key: &str,
        label: Option<&str>,
        encoding: Option<&str>,
        position: i64,
    ) -> Result<(), EngineError> {
        let encoding_number = encoding_number(&mut self.index, &mut self.encodings, encoding)?;
        let index = &mut self.index;
        let number = narrow(index.rows.len())?;
        let hash = index.hasher.hash_one(key.as_bytes());
        let (rows, texts, hasher) = (&index.rows, &index.texts, &index.hasher);
        let entry = index.heads.entry(
            hash,
            |(known, head)| *known == tag(hash) && key_of(rows, texts, *head) == key,
            |(_, head)| hasher.hash_one(key_of(rows, texts, *head).as_bytes()),
        );
        let head = entry.or_insert((tag(hash), number)).get().1;
        if head != number {
            index
                .several
                .entry(head)
                .or_insert_with(|| vec![head])
                .push(number);
            if let Some(row) = index.rows.get_mut(head as usize) {
                row.has_others = true;
            }
        }
        let shape = label_shape(label, Encoding::parse(encoding), self.attribute.as_ref());
        index.rows.push(LabelRow {
            start: index.texts.len() as u64,
            position,
            key_length: narrow(key.len())?,
            label_length: label.map_or(Ok(NULL), |label| narrow(label.len()))?,
            file,
            is_head: head == number,
            shape: PackedShape::new(shape),
            captures: AtomicU32::new(0),
            place: AtomicU32::new(0),
            encoding: encoding_number,
            flags: AtomicU8::new(0),
            has_others: false,
        });
        index.texts.push_str(key);
        index.texts.push_str(label.unwrap_or(""));
        Ok(())
    }

    pub(crate) fn finish(self) -> LabelIndex {
        self.index
    }
}

fn narrow(number: usize) -> Result<u32, EngineError> {
    match u32::try_from(number) {
        Ok(narrow) if narrow < u32::MAX => Ok(narrow),
        _ => Err(EngineError::TooManyLabels),
    }
}

/// Few different ones are usual, but a stranger's file may have many.
fn encoding_number(
    index: &mut LabelIndex,
    known: &mut HashMap<Option<String>, u32>,
    name: Option<&str>,
) -> Result<u32, EngineError> {
    let last = index.encoding_names.last();
    if let Some(last) = last
        && last.as_deref() == name
    {
        return narrow(index.encoding_names.len() - 1);
    }
    let name = name.map(str::to_owned);
    if let Some(number) = known.get(&name) {
        return Ok(*number);
    }
    let number = narrow(index.encoding_names.len())?;
    index.encoding_names.push(name.clone());
    known.insert(name, number);
    Ok(number)
}

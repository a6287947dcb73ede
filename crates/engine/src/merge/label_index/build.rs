//! Building the index: chunks in order, then the keys, each share of them by a task of its own.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use datafusion::common::runtime::SpawnedTask;
use hashbrown::{DefaultHashBuilder, HashTable};

use super::chunk::{EncodingNames, Label, LabelChunk, narrow};
use super::row::{LabelRow, LabelRows};
use super::{HAS_OTHERS, IS_HEAD, KeyShare, LabelFiles, LabelIndex, share_of, table_hash};
use crate::error::EngineError;

/// Bytes of table for each key: hashbrown's element and control byte at its usual load.
const TABLE_BYTES: usize = 14;
/// Most shares of the keys.
const SHARES: usize = 64;

/// Builds the index; chunks are added in order of (hour, file, position).
#[derive(Debug)]
pub(crate) struct LabelIndexBuilder {
    files: Arc<LabelFiles>,
    hasher: DefaultHashBuilder,
    rows: LabelRows,
    texts: Vec<String>,
    encodings: EncodingNames,
    text_bytes: usize,
}

impl LabelIndexBuilder {
    /// `hasher` is the one that made the chunks.
    pub(crate) fn new(files: Arc<LabelFiles>, hasher: DefaultHashBuilder) -> Self {
        Self {
            files,
            hasher,
            rows: LabelRows::default(),
            texts: Vec::new(),
            encodings: EncodingNames::default(),
            text_bytes: 0,
        }
    }

    pub(crate) fn add(&mut self, mut chunk: LabelChunk) -> Result<(), EngineError> {
        let text = narrow(self.texts.len())?;
        narrow(self.rows.len() + chunk.rows.len())?;
        let numbers = chunk
            .encodings
            .names
            .iter()
            .map(|name| self.encodings.number(name.as_deref()))
            .collect::<Result<Vec<u16>, _>>()?;
        for mut row in chunk.rows {
            row.text = text;
            if let Some(number) = numbers.get(usize::from(row.encoding)) {
                row.encoding = *number;
            }
            self.rows.push(row);
        }
        chunk.text.shrink_to_fit();
        self.text_bytes += chunk.text.capacity();
        self.texts.push(chunk.text);
        Ok(())
    }

    /// Bytes that the index will take.
    pub(crate) fn bytes(&self) -> usize {
        self.text_bytes + self.rows.len() * (size_of::<LabelRow>() + TABLE_BYTES)
    }

    /// Takes every label out again, in order.
    pub(crate) fn drain(
        &mut self,
        mut sink: impl FnMut(&mut dyn Iterator<Item = Label<'_>>) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let (rows, texts) = (
            std::mem::take(&mut self.rows),
            std::mem::take(&mut self.texts),
        );
        self.text_bytes = 0;
        let label = |row| Label::of(row, &texts, &self.encodings);
        sink(&mut rows.iter().map(label))
    }

    /// Labels without their keys found: for those that were chosen before.
    pub(crate) fn unsearchable(self) -> LabelIndex {
        self.index(Vec::new())
    }

    /// Finds the keys on `threads` tasks.
    pub(crate) async fn finish(self, threads: usize) -> Result<LabelIndex, EngineError> {
        let mut index = self.index(Vec::new());
        let count = threads.max(1).next_power_of_two().min(SHARES);
        let tasks: Vec<_> = (0..count)
            .map(|number| {
                let (rows, texts) = (Arc::clone(&index.rows), Arc::clone(&index.texts));
                SpawnedTask::spawn_blocking(move || key_share(&rows, &texts, number, count))
            })
            .collect();
        for task in tasks {
            let share = task.join().await.map_err(|e| EngineError::Worker {
                reason: e.to_string(),
            })?;
            index.shares.push(share);
        }
        Ok(index)
    }

    fn index(self, shares: Vec<KeyShare>) -> LabelIndex {
        LabelIndex {
            files: self.files,
            rows: Arc::new(self.rows),
            texts: Arc::new(self.texts),
            encoding_names: self.encodings.names,
            hasher: self.hasher,
            shares,
            mismatch: Mutex::new(None),
        }
    }
}

fn key_share(rows: &LabelRows, texts: &[String], number: usize, count: usize) -> KeyShare {
    let mine = |row: &&LabelRow| share_of(row.hash, count) == number;
    let mut share = KeyShare {
        // Exactly as many as there can be: the table is never laid out again.
        heads: HashTable::with_capacity(rows.iter().filter(mine).count()),
        ..KeyShare::default()
    };
    for (at, row) in (0_u32..).zip(rows.iter()) {
        if share_of(row.hash, count) != number {
            continue;
        }
        let entry = share.heads.entry(
            table_hash(row.hash),
            |(hash, head)| {
                let same = |head: &LabelRow| head.key(texts) == row.key(texts);
                *hash == row.hash && rows.get(*head).is_some_and(same)
            },
            |(hash, _)| table_hash(*hash),
        );
        let head = entry.or_insert((row.hash, at)).get().1;
        if head == at {
            set(&row.flags, IS_HEAD);
            continue;
        }
        let several = share.several.entry(head).or_insert_with(|| vec![head]);
        several.push(at);
        if let Some(head) = rows.get(head) {
            set(&head.flags, HAS_OTHERS);
        }
    }
    share
}

/// Nobody else writes the flags of a share's rows while it is made.
fn set(flags: &AtomicU8, bit: u8) {
    flags.store(flags.load(Ordering::Relaxed) | bit, Ordering::Relaxed);
}

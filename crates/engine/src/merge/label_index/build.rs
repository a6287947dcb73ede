//! Building the index: chunks in order, then the keys, each share of them by a task of its own.

use std::sync::atomic::{AtomicU32, AtomicU64};
use std::sync::{Arc, Mutex, Once, OnceLock};

use groundline_capture::LabelLayout;
use hashbrown::DefaultHashBuilder;

use super::block::Block;
use super::blocks::Blocks;
use super::chunk::{EncodingNames, Label, LabelChunk, labels};
use super::near::NearMisses;
use super::row::{HAS_OTHERS, HAS_SPELLINGS};
use super::{KeyShare, LabelFiles, LabelIndex};
use crate::error::EngineError;
use crate::key_table::{KeyTable, by_share, share_of};
use crate::normal_key::normal_key;
use crate::options::UnmatchedLimits;

/// Builds the index; chunks are added in order of (hour, file, position).
#[derive(Debug)]
pub(crate) struct LabelIndexBuilder {
    files: Arc<LabelFiles>,
    hasher: DefaultHashBuilder,
    blocks: Vec<Block>,
    encodings: EncodingNames,
    layout: LabelLayout,
    bytes: usize,
    several_places: bool,
    most_near: usize,
}

impl LabelIndexBuilder {
    /// `hasher` is the one that made the chunks. With `several_places` the index says which keys have captures in
    /// several of them.
    pub(crate) fn new(
        files: Arc<LabelFiles>,
        hasher: DefaultHashBuilder,
        layout: LabelLayout,
        several_places: bool,
    ) -> Self {
        Self {
            files,
            hasher,
            blocks: Vec::new(),
            encodings: EncodingNames::default(),
            layout,
            bytes: 0,
            several_places,
            most_near: UnmatchedLimits::default().nearest,
        }
    }

    /// Names the nearest prediction of so many unmatched labels.
    pub(crate) fn naming_nearest(self, most: usize) -> Self {
        Self {
            most_near: most,
            ..self
        }
    }

    pub(crate) fn add(&mut self, chunk: LabelChunk) -> Result<(), EngineError> {
        let mut block = chunk.block;
        let numbers = chunk
            .encodings
            .names
            .iter()
            .map(|name| self.encodings.number(name.as_deref()))
            .collect::<Result<Vec<u16>, _>>()?;
        for row in block.rows_mut() {
            if let Some(number) = numbers.get(usize::from(row.encoding)) {
                row.encoding = *number;
            }
        }
        block.shrink();
        let places = match self.several_places {
            true => block.len() * size_of::<AtomicU32>(),
            false => 0,
        };
        self.bytes += block.bytes() + places + size_of::<Block>() + KeyTable::bytes(block.len());
        self.blocks.push(block);
        Ok(())
    }

    /// Bytes that the index will take.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes every label out again, in order.
    pub(crate) fn drain(
        &mut self,
        mut sink: impl FnMut(&mut dyn Iterator<Item = Label<'_>>) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        self.bytes = 0;
        for block in std::mem::take(&mut self.blocks) {
            sink(&mut labels(&block, &self.encodings))?;
        }
        Ok(())
    }

    /// Labels without their keys found: for those that were chosen before.
    pub(crate) fn unsearchable(self) -> Result<LabelIndex, EngineError> {
        self.index()
    }

    /// Finds the keys, on so many threads.
    pub(crate) async fn finish(mut self, threads: usize) -> Result<LabelIndex, EngineError> {
        if self.several_places {
            self.blocks.iter_mut().for_each(Block::remember_places);
        }
        let mut index = self.index()?;
        let blocks = Arc::clone(&index.blocks);
        index.shares = by_share(threads, move |share, count| {
            key_share(&blocks, share, count)
        })
        .await?;
        index.has_spellings = index.shares.iter().any(|share| share.has_spellings);
        Ok(index)
    }

    fn index(self) -> Result<LabelIndex, EngineError> {
        Ok(LabelIndex {
            files: self.files,
            blocks: Arc::new(Blocks::new(self.blocks)?),
            encoding_names: self.encodings.names,
            layout: self.layout,
            hasher: self.hasher,
            shares: Vec::new(),
            repeated: AtomicU64::new(0),
            mismatch: Mutex::new(None),
            has_spellings: false,
            near: NearMisses::new(self.most_near),
            event_ids: OnceLock::new(),
            settled: Once::new(),
        })
    }
}

fn key_share(blocks: &Blocks, number: usize, count: usize) -> KeyShare {
    let mine = || {
        blocks
            .rows()
            .filter(|(_, row)| share_of(row.hash, count) == number)
    };
    let mut share = KeyShare {
        heads: KeyTable::with_room(mine().count()),
        ..KeyShare::default()
    };
    for (label, row) in mine() {
        let mut spelled: Vec<u32> = Vec::new();
        let same = |head: u32| {
            let (known, key) = (blocks.key(head), blocks.key(label));
            if known != key && normal_key(known) == normal_key(key) {
                spelled.push(head);
            }
            known == key
        };
        let Some(head) = share.heads.insert(row.hash, label, same) else {
            if !spelled.is_empty() {
                share.has_spellings = true;
                spelled.push(label);
            }
            for row in spelled.into_iter().filter_map(|label| blocks.row(label)) {
                row.set(HAS_SPELLINGS);
            }
            continue;
        };
        let several = share.several.entry(head).or_insert_with(|| vec![head]);
        several.push(label);
        if let Some(head) = blocks.row(head) {
            head.set(HAS_OTHERS);
        }
    }
    share
}

//! Record batches of one input object, or of a byte range of it.

use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use groundline_capture::{
    Column, Decoder, Format, Framing, Grain, Limits, Reject, sniff_framing, sniff_transform,
};
use groundline_store::{Object, Root};

use super::chunks::{CHUNK, Chunks, Cut, Piece};
use super::fetch::{Fetch, Packing};
use super::ids::{self, IdRules};
use super::log::{FileLog, LogKey, ScanLog, Side};
use super::pairing::Pairing;
use crate::error::EngineError;
use crate::progress::Progress;
use crate::tables::{Input, InputKind};

/// What a reader makes of its bytes.
#[derive(Clone)]
pub(crate) struct ReadOptions {
    pub(crate) grain: Grain,
    pub(crate) columns: Vec<Column>,
    /// Rows after which a batch ends.
    pub(crate) batch_rows: usize,
    /// Text bytes after which it ends too; [`BATCH_BYTES`] where nothing asks for less.
    pub(crate) batch_bytes: usize,
    pub(crate) limits: Limits,
    pub(crate) log: Arc<ScanLog>,
    pub(crate) progress: Option<Arc<dyn Progress>>,
}

/// Text bytes after which a batch ends: bounds memory and keeps 32-bit offsets far from their limit.
pub(crate) const BATCH_BYTES: usize = 8 << 20;

/// Reads one object front to back.
pub(super) struct ByteReader {
    input: Input,
    start: u64,
    options: ReadOptions,
    /// What the decoder makes: the columns that were asked for, and those that ids are looked for in.
    decoded: Vec<Column>,
    chunks: Chunks,
    decoder: Decoder,
    framing: Framing,
    /// Piece being decoded, and how far.
    piece: Vec<u8>,
    piece_position: u64,
    used: usize,
    rejects: Vec<Reject>,
    pairing: Option<Pairing>,
    unpaired: bool,
    ended: bool,
    reported: u64,
}

impl ByteReader {
    /// Opens `input`, or the records of it that begin in `[start, end)`.
    pub(super) async fn open(
        input: &Input,
        range: Option<(u64, u64)>,
        options: &ReadOptions,
    ) -> Result<Self, EngineError> {
        let limit = options.limits.max_record_bytes;
        let start = range.map_or(0, |(start, _)| start);
        let mut chunks =
            Chunks::open(&input.root, &input.object, range, Cut::Lines, limit, CHUNK).await?;
        let (format, framing) = match input.kind {
            InputKind::Captures => (Format::EndpointCapture, Framing::Lines),
            InputKind::Labels | InputKind::Transform if start > 0 => {
                let head = read_head(&input.root, &input.object).await?;
                sniff(input.kind, &head, (head.len() as u64) < CHUNK as u64)
            }
            InputKind::Labels | InputKind::Transform => {
                let (head, whole) = chunks.peek().await?;
                sniff(input.kind, head, whole)
            }
        };
        // An object that cannot be cut at newlines is read whole, by the range that holds its first byte.
        let indivisible = framing == Framing::Document || format == Format::TransformCsv;
        let mut ended = false;
        if indivisible && start > 0 {
            ended = true;
        } else if indivisible && range.is_some() {
            chunks =
                Chunks::open(&input.root, &input.object, None, Cut::Lines, limit, CHUNK).await?;
        }
        chunks.set_cut(match (framing, format) {
            (Framing::Document, _) => Cut::Whole,
            (Framing::Lines, Format::TransformCsv) => Cut::CsvRows,
            (Framing::Lines, _) => Cut::Lines,
        });

        let mut decoded = options.columns.clone();
        if own_ids(input, options).is_some() {
            decoded.extend(ids::NEEDS.iter().filter(|c| !options.columns.contains(c)));
        }
        let wants_pair = decoded.contains(&Column::Input) && !ended;
        let (pairing, unpaired) = match (&input.pair, wants_pair) {
            (Some(pair), true) => match Pairing::open(input, pair, format, framing, options).await?
            {
                Some(pairing) => (Some(pairing), false),
                None => (None, true),
            },
            _ => (None, false),
        };
        let mut columns = decoded.clone();
        if pairing.is_some() {
            for needed in Pairing::NEEDS {
                if !columns.contains(needed) {
                    columns.push(*needed);
                }
            }
        }
        let decoder = Decoder::new(format, options.grain, &columns, options.limits)
            .with_batch_limits(options.batch_rows, options.batch_bytes)
            .with_label_id(input.ids.label_id.clone())
            .with_optional_ids(input.ids.attribute.is_some());
        Ok(Self {
            input: input.clone(),
            start,
            options: options.clone(),
            decoded,
            chunks,
            decoder,
            framing,
            piece: Vec::new(),
            piece_position: 0,
            used: 0,
            rejects: Vec::new(),
            pairing,
            unpaired,
            ended,
            reported: 0,
        })
    }

    /// The next batch of the asked columns, or `None` at the end of the object.
    pub(super) async fn next(&mut self) -> Result<Option<RecordBatch>, EngineError> {
        while !self.ended {
            if self.used < self.piece.len() {
                let position = self.piece_position + self.used as u64;
                match self.framing {
                    Framing::Lines => {
                        let consumed = self.decoder.decode(&self.piece[self.used..], position);
                        self.used += consumed;
                        if consumed == 0 && !self.decoder.is_full() {
                            // The decoder promises progress; without it the object would never end.
                            self.used = self.piece.len();
                        }
                    }
                    Framing::Document => {
                        self.decoder.decode_document(&self.piece, position);
                        self.used = self.piece.len();
                    }
                }
                self.rejects.append(&mut self.decoder.take_rejects());
                if self.decoder.is_full() {
                    return self.flush().await.map(Some);
                }
                continue;
            }
            self.chunks.recycle(std::mem::take(&mut self.piece));
            self.used = 0;
            match self.chunks.next().await? {
                Some(Piece::Records { position, bytes }) => {
                    self.piece = bytes;
                    self.piece_position = position;
                    self.used = 0;
                }
                Some(Piece::TooLong {
                    position,
                    length,
                    head,
                }) => {
                    self.decoder.reject_too_long(position, length, &head);
                    self.rejects.append(&mut self.decoder.take_rejects());
                }
                None => {
                    self.ended = true;
                    let last = self.flush().await?;
                    self.close();
                    return Ok((last.num_rows() > 0).then_some(last));
                }
            }
        }
        Ok(None)
    }

    /// What was rejected so far.
    pub(super) fn rejects(&self) -> &[Reject] {
        &self.rejects
    }

    async fn flush(&mut self) -> Result<RecordBatch, EngineError> {
        let batch = self.decoder.finish();
        if let Some(progress) = &self.options.progress {
            let at = self.piece_position + self.used as u64;
            progress.advance(
                at.saturating_sub(self.reported.max(self.start)),
                batch.num_rows() as u64,
            );
            self.reported = at;
        }
        let batch = match &mut self.pairing {
            Some(pairing) => pairing.fill(&batch, &self.decoded).await?,
            None => batch,
        };
        match own_ids(&self.input, &self.options) {
            Some(ids) => ids.apply(&batch, &self.options.columns, &mut self.rejects),
            None => Ok(batch),
        }
    }

    fn close(&mut self) {
        let side = match self.input.kind {
            InputKind::Labels => Side::Labels,
            InputKind::Captures | InputKind::Transform => Side::Predictions,
        };
        let key = LogKey {
            side,
            endpoint: self.input.endpoint.clone(),
            variant: self.input.variant.clone(),
            hour: Some(self.input.hour),
            file: self.input.object.key.clone(),
            start: self.start,
        };
        let log = FileLog {
            counts: self.decoder.counts(),
            rejects: std::mem::take(&mut self.rejects),
            unpaired: self.unpaired,
            object: Some((self.input.root.clone(), self.input.object.clone())),
        };
        self.options.log.record(key, log);
    }
}

/// The rules by which each record has an id of its own.
fn own_ids<'a>(input: &'a Input, options: &ReadOptions) -> Option<&'a IdRules> {
    let by_record = options.grain == Grain::Record && input.kind != InputKind::Labels;
    (by_record && input.ids.attribute.is_some()).then_some(input.ids.as_ref())
}

fn sniff(kind: InputKind, head: &[u8], whole: bool) -> (Format, Framing) {
    let format = match kind {
        InputKind::Captures => Format::EndpointCapture,
        InputKind::Labels => Format::GroundTruth,
        InputKind::Transform => sniff_transform(head),
    };
    let framing = match format {
        Format::TransformCsv | Format::EndpointCapture => Framing::Lines,
        Format::TransformJson | Format::GroundTruth => sniff_framing(head, whole),
    };
    (format, framing)
}

/// The first bytes of an object, decompressed: enough to tell its format and its first record.
pub(crate) async fn read_head(root: &Root, object: &Object) -> Result<Vec<u8>, EngineError> {
    let mut fetch = Fetch::open(root, object, 0, Some(CHUNK as u64), CHUNK).await?;
    let mut head = Vec::new();
    while head.len() < CHUNK {
        let (filled, more) = fetch.fill(head, CHUNK).await?;
        head = filled;
        if !more {
            break;
        }
    }
    head.truncate(CHUNK);
    Ok(head)
}

/// True when byte ranges of the object can be read apart.
pub(super) fn is_divisible(object: &Object) -> bool {
    Packing::of(&object.key) == Packing::Plain
}

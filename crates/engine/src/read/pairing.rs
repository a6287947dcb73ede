//! `x.csv` beside `x.csv.out`: the transform's input file gives the `input` of its output records, line by line,
//! when both hold the same number of records (design.md "The merge", Hour of a transform).

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringBuilder};
use arrow::datatypes::{Field, Int32Type, Int64Type, Schema};
use arrow::record_batch::RecordBatch;
use groundline_capture::{
    Column, CsvBoundaries, Encoding, Format, Framing, Grain, Splitter, sniff_transform, without_bom,
};
use groundline_store::{Object, Root};

use super::chunks::{CHUNK, Chunks, Cut, Piece};
use super::records::ReadOptions;
use crate::error::EngineError;
use crate::tables::Input;

/// Walks the input file in step with the output file.
pub(crate) struct Pairing {
    /// Where each record of the output begins; its index is the record's ordinal.
    positions: Vec<u64>,
    lines: Lines,
    grain: Grain,
    encoding: Encoding,
    /// Ordinal of `current`, the last line read.
    ordinal: Option<usize>,
    current: String,
    splitter: Splitter,
}

impl Pairing {
    /// Columns that pairing needs beside the asked ones.
    pub(crate) const NEEDS: &'static [Column] = &[
        Column::Input,
        Column::InputEncoding,
        Column::Position,
        Column::RecordIndex,
        Column::RecordCount,
    ];

    /// `None` when the two files do not hold the same number of records.
    pub(crate) async fn open(
        input: &Input,
        pair: &(Root, Object),
        format: Format,
        framing: Framing,
        options: &ReadOptions,
    ) -> Result<Option<Self>, EngineError> {
        let limit = options.limits.max_record_bytes;
        let out_cut = cut_of(format, framing);
        let mut positions = Vec::new();
        let mut out = Lines::open(&input.root, &input.object, out_cut, limit).await?;
        while let Some((position, _)) = out.next().await? {
            positions.push(position);
        }
        let (root, object) = pair;
        let mut probe = Chunks::open(root, object, None, Cut::Lines, limit, CHUNK).await?;
        let (head, _) = probe.peek().await?;
        let in_format = sniff_transform(head);
        let in_cut = match (framing, in_format) {
            (Framing::Document, Format::TransformJson) => Cut::Whole,
            (_, Format::TransformCsv) => Cut::CsvRows,
            _ => Cut::Lines,
        };
        let mut count = 0_usize;
        let mut lines = Lines::open(root, object, in_cut, limit).await?;
        while count <= positions.len() && lines.next().await?.is_some() {
            count += 1;
        }
        if count != positions.len() || lines.broken {
            return Ok(None);
        }
        Ok(Some(Self {
            positions,
            lines: Lines::open(root, object, in_cut, limit).await?,
            grain: options.grain,
            encoding: if in_format == Format::TransformCsv {
                Encoding::Csv
            } else {
                Encoding::Json
            },
            ordinal: None,
            current: String::new(),
            splitter: Splitter::new(),
        }))
    }

    /// Fills `input` and `input_encoding` where the output has no input of its own; gives the asked columns.
    pub(crate) async fn fill(
        &mut self,
        batch: &RecordBatch,
        asked: &[Column],
    ) -> Result<RecordBatch, EngineError> {
        let column = |c: Column| {
            batch
                .schema()
                .index_of(c.name())
                .map(|i| Arc::clone(batch.column(i)))
        };
        let input = column(Column::Input)?;
        let encoding = column(Column::InputEncoding)?;
        let positions = column(Column::Position)?;
        let indices = column(Column::RecordIndex)?;
        let counts = column(Column::RecordCount)?;
        let (input, encoding) = (input.as_string::<i32>(), encoding.as_string::<i32>());
        let positions = positions.as_primitive::<Int64Type>();
        let indices = indices.as_primitive::<Int32Type>();
        let counts = counts.as_primitive::<Int32Type>();

        let mut inputs = StringBuilder::with_capacity(batch.num_rows(), 0);
        let mut encodings = StringBuilder::with_capacity(batch.num_rows(), 0);
        for row in 0..batch.num_rows() {
            if !input.is_null(row) {
                inputs.append_value(input.value(row));
                encodings.append_option((!encoding.is_null(row)).then(|| encoding.value(row)));
                continue;
            }
            let position = u64::try_from(positions.value(row)).unwrap_or(0);
            let index = usize::try_from(indices.value(row)).unwrap_or(0);
            let count = usize::try_from(counts.value(row)).unwrap_or(1);
            if !self.advance(position).await? {
                inputs.append_null();
                encodings.append_null();
                continue;
            }
            match self.piece(index, count) {
                Some(piece) => {
                    inputs.append_value(piece);
                    encodings.append_value(self.encoding.as_str());
                }
                None => {
                    inputs.append_null();
                    encodings.append_null();
                }
            }
        }
        let inputs: ArrayRef = Arc::new(inputs.finish());
        let encodings: ArrayRef = Arc::new(encodings.finish());
        let mut fields: Vec<Field> = Vec::with_capacity(asked.len());
        let mut arrays = Vec::with_capacity(asked.len());
        for c in asked {
            fields.push(c.field());
            arrays.push(match c {
                Column::Input => Arc::clone(&inputs),
                Column::InputEncoding => Arc::clone(&encodings),
                other => column(*other)?,
            });
        }
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
    }

    /// Moves to the input line of the output record at `position`; false when there is none.
    async fn advance(&mut self, position: u64) -> Result<bool, EngineError> {
        let Ok(ordinal) = self.positions.binary_search(&position) else {
            return Ok(false);
        };
        while self.ordinal.is_none_or(|at| at < ordinal) {
            let Some((_, line)) = self.lines.next().await? else {
                return Ok(false);
            };
            self.current = String::from_utf8_lossy(&line).into_owned();
            self.ordinal = Some(self.ordinal.map_or(0, |at| at + 1));
        }
        Ok(true)
    }

    /// The part of the current line that belongs to record `index` of `count`.
    fn piece(&mut self, index: usize, count: usize) -> Option<String> {
        if self.grain == Grain::Capture {
            return Some(self.current.clone());
        }
        if let Ok(pieces) = self.splitter.split(&self.current, self.encoding)
            && pieces.len() == count
        {
            return pieces.get(index).map(str::to_owned);
        }
        (index == 0).then(|| self.current.clone())
    }
}

fn cut_of(format: Format, framing: Framing) -> Cut {
    match (framing, format) {
        (Framing::Document, _) => Cut::Whole,
        (Framing::Lines, Format::TransformCsv) => Cut::CsvRows,
        (Framing::Lines, _) => Cut::Lines,
    }
}

/// The records of a file one by one, without their line ends; blank ones are passed over.
struct Lines {
    chunks: Chunks,
    cut: Cut,
    csv: CsvBoundaries,
    piece: Vec<u8>,
    position: u64,
    used: usize,
    /// A record was too long to be held.
    broken: bool,
}

impl Lines {
    async fn open(
        root: &Root,
        object: &Object,
        cut: Cut,
        limit: usize,
    ) -> Result<Self, EngineError> {
        Ok(Self {
            chunks: Chunks::open(root, object, None, cut, limit, CHUNK).await?,
            cut,
            csv: CsvBoundaries::new(),
            piece: Vec::new(),
            position: 0,
            used: 0,
            broken: false,
        })
    }

    async fn next(&mut self) -> Result<Option<(u64, Vec<u8>)>, EngineError> {
        loop {
            while self.used < self.piece.len() {
                let begin = self.used;
                let end = self.end_of_record(begin);
                self.used = end;
                let mut line = &self.piece[begin..end];
                let mut position = self.position + begin as u64;
                if position == 0 {
                    position = (line.len() - without_bom(line).len()) as u64;
                    line = without_bom(line);
                }
                let line = line.trim_ascii_end();
                if !line.trim_ascii().is_empty() {
                    return Ok(Some((position, line.to_vec())));
                }
            }
            match self.chunks.next().await? {
                Some(Piece::Records { position, bytes }) => {
                    self.position = position;
                    self.piece = bytes;
                    self.used = 0;
                }
                Some(Piece::TooLong { position, .. }) => {
                    self.broken = true;
                    return Ok(Some((position, Vec::new())));
                }
                None => return Ok(None),
            }
        }
    }

    fn end_of_record(&mut self, begin: usize) -> usize {
        let all = self.piece.len();
        match self.cut {
            Cut::Whole => all,
            Cut::Lines => {
                memchr::memchr(b'\n', &self.piece[begin..]).map_or(all, |n| begin + n + 1)
            }
            Cut::CsvRows => {
                let mut from = begin;
                while let Some(n) = memchr::memchr(b'\n', &self.piece[from..]) {
                    let end = from + n + 1;
                    if self.csv.feed(&self.piece[from..end]).is_some() {
                        return end;
                    }
                    from = end;
                }
                all
            }
        }
    }
}

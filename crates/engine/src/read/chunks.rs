//! Cuts an object's bytes into pieces that hold whole records, and knows where each piece begins.

use groundline_capture::{CsvBoundaries, last_line_end};
use groundline_store::{Object, Root};

use super::fetch::Fetch;
use crate::error::EngineError;

/// Bytes asked of the store at once.
pub(crate) const CHUNK: usize = 1 << 20;

/// What the cutter found.
#[derive(Debug)]
pub(crate) enum Piece {
    /// Whole records; the first byte is at `position` of the decompressed object.
    Records { position: u64, bytes: Vec<u8> },
    /// A record longer than the limit was passed over.
    TooLong {
        position: u64,
        length: u64,
        head: Vec<u8>,
    },
}

/// How records are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// At newlines.
    Lines,
    /// At newlines outside quotes.
    CsvRows,
    /// The object is one record.
    Whole,
}

/// Reads an object, or a byte range of a plain one, piece by piece.
///
/// A record belongs to the range that holds its first byte, so the ranges of an object,
/// read apart, give each of its records exactly once.
pub(crate) struct Chunks {
    fetch: Fetch,
    cut: Cut,
    limit: usize,
    /// Bytes asked of the store at once.
    chunk: usize,
    /// Bytes read and not yet given out; the first is at `position`.
    carry: Vec<u8>,
    position: u64,
    /// End of the range, exclusive.
    end: Option<u64>,
    /// The range begins inside a record of the range before: skip to its end.
    skipping_first: bool,
    csv: CsvBoundaries,
    /// How much of `carry` the CSV cutter has seen, and where its last whole row ended.
    csv_fed: usize,
    csv_end: Option<usize>,
    /// An over-long record is being passed over: where it began and its first bytes.
    passing: Option<(u64, Vec<u8>)>,
    /// A buffer whose bytes are done with.
    spare: Vec<u8>,
    /// The first bytes were read by `peek` and not yet cut.
    peeked: bool,
    ended: bool,
}

impl Chunks {
    /// `range` is `[start, end)`; only plain objects cut at lines can start elsewhere than 0.
    pub(crate) async fn open(
        root: &Root,
        object: &Object,
        range: Option<(u64, u64)>,
        cut: Cut,
        limit: usize,
        chunk: usize,
    ) -> Result<Self, EngineError> {
        // One byte early: a newline just before the range means that its first line is its own.
        let start = range.map_or(0, |(start, _)| start.saturating_sub(1));
        let skipping_first = range.is_some_and(|(start, _)| start > 0);
        Ok(Self {
            fetch: Fetch::open(root, object, start, chunk).await?,
            cut,
            limit,
            chunk,
            carry: Vec::new(),
            position: start,
            end: range.map(|(_, end)| end),
            skipping_first,
            csv: CsvBoundaries::new(),
            csv_fed: 0,
            csv_end: None,
            passing: None,
            spare: Vec::new(),
            peeked: false,
            ended: false,
        })
    }

    /// The first bytes of an object read from its start, and whether they are all of it; then says how to cut.
    pub(crate) async fn peek(&mut self) -> Result<(&[u8], bool), EngineError> {
        if !self.peeked && !self.ended {
            let (filled, more) = self
                .fetch
                .fill(std::mem::take(&mut self.carry), self.chunk)
                .await?;
            self.carry = filled;
            self.peeked = more;
            self.ended = !more;
        }
        Ok((&self.carry, self.carry.len() < self.chunk))
    }

    /// How records are told apart, once the first bytes have been seen.
    pub(crate) fn set_cut(&mut self, cut: Cut) {
        self.cut = cut;
    }

    /// The next piece in order, or `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Piece>, EngineError> {
        loop {
            if self.ended {
                return Ok(None);
            }
            let before = if std::mem::take(&mut self.peeked) {
                0
            } else {
                let before = self.carry.len();
                let (filled, more) = self
                    .fetch
                    .fill(std::mem::take(&mut self.carry), self.chunk)
                    .await?;
                self.carry = filled;
                if !more {
                    self.ended = true;
                    return Ok(self.finish());
                }
                before
            };
            if self.skipping_first {
                let Some(newline) = memchr::memchr(b'\n', &self.carry[before..]) else {
                    // Still inside the record of the range before.
                    self.position += self.carry.len() as u64;
                    self.carry.clear();
                    if self.end.is_some_and(|end| self.position >= end) {
                        self.ended = true;
                    }
                    continue;
                };
                self.drop_front(before + newline + 1);
                self.skipping_first = false;
                if self.end.is_some_and(|end| self.position >= end) {
                    self.ended = true;
                    continue;
                }
            }
            if let Some(piece) = self.cut(before) {
                return Ok(Some(piece));
            }
        }
    }

    /// Gives out the whole records at the front of `carry`, if there are any.
    fn cut(&mut self, before: usize) -> Option<Piece> {
        if self.passing.is_some() {
            let newline = memchr::memchr(b'\n', &self.carry)?;
            return self.pass_over(newline + 1);
        }
        let whole = match self.cut {
            Cut::Whole => None,
            Cut::Lines => {
                // Only the new bytes can hold a newline that was not there before.
                let fresh = before.min(self.carry.len());
                last_line_end(&self.carry[fresh..]).map(|end| fresh + end)
            }
            Cut::CsvRows => {
                let fed = self.csv_fed.min(self.carry.len());
                if let Some(end) = self.csv.feed(&self.carry[fed..]) {
                    self.csv_end = Some(fed + end);
                }
                self.csv_fed = self.carry.len();
                self.csv_end
            }
        };
        let Some(mut whole) = whole else {
            if self.carry.len() > self.limit {
                // No record may be this long. What follows up to the next newline is the same record.
                let head = self.carry[..self.carry.len().min(HEAD)].to_vec();
                self.passing = Some((self.position, head));
                self.position += self.carry.len() as u64;
                self.carry.clear();
                self.csv = CsvBoundaries::new();
                self.csv_fed = 0;
                self.csv_end = None;
            }
            return None;
        };
        if let Some(end) = self.end
            && self.position + whole as u64 >= end
        {
            // The last record of the range is the one that holds the byte before its end.
            let inside = usize::try_from(end.saturating_sub(self.position)).unwrap_or(usize::MAX);
            if inside == 0 {
                self.ended = true;
                return None;
            }
            whole = memchr::memchr(b'\n', &self.carry[inside - 1..]).map_or(whole, |n| inside + n);
            self.ended = true;
        }
        Some(self.take_front(whole))
    }

    /// The end of the over-long record was found `used` bytes into `carry`.
    fn pass_over(&mut self, used: usize) -> Option<Piece> {
        let (position, head) = self.passing.take()?;
        self.drop_front(used);
        if self.end.is_some_and(|end| self.position >= end) {
            self.ended = true;
        }
        Some(Piece::TooLong {
            position,
            length: self.position - position,
            head,
        })
    }

    /// What is left when the object has ended: a last record without a newline.
    fn finish(&mut self) -> Option<Piece> {
        if self.passing.is_some() {
            let rest = self.carry.len();
            return self.pass_over(rest);
        }
        if self.skipping_first
            || self.carry.is_empty()
            || self.end.is_some_and(|end| self.position >= end)
        {
            return None;
        }
        if self.carry.len() > self.limit {
            let length = self.carry.len();
            let head = self.carry[..length.min(HEAD)].to_vec();
            return Some(Piece::TooLong {
                position: self.position,
                length: length as u64,
                head,
            });
        }
        let all = self.carry.len();
        Some(self.take_front(all))
    }

    fn take_front(&mut self, length: usize) -> Piece {
        let mut rest = std::mem::take(&mut self.spare);
        rest.clear();
        rest.extend_from_slice(self.carry.get(length..).unwrap_or_default());
        self.carry.truncate(length);
        let bytes = std::mem::replace(&mut self.carry, rest);
        let position = self.position;
        self.position += bytes.len() as u64;
        self.csv_fed = self.csv_fed.saturating_sub(bytes.len());
        self.csv_end = None;
        Piece::Records { position, bytes }
    }

    /// Gives back the bytes of a piece that is done with: fresh memory costs as much as reading into it.
    pub(crate) fn recycle(&mut self, bytes: Vec<u8>) {
        if bytes.capacity() > self.spare.capacity() && bytes.capacity() <= 4 * self.chunk {
            self.spare = bytes;
        }
    }

    fn drop_front(&mut self, length: usize) {
        let length = length.min(self.carry.len());
        self.carry.drain(..length);
        self.position += length as u64;
        self.csv_fed = 0;
        self.csv_end = None;
    }
}

/// Bytes of an over-long record that its reject keeps.
const HEAD: usize = 200;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a reader of `[start, end)` gets: each piece's position and bytes, `None` for a record passed over.
    async fn pieces(
        bytes: &[u8],
        range: Option<(u64, u64)>,
        cut: Cut,
        limit: usize,
        chunk: usize,
    ) -> Vec<(u64, Option<Vec<u8>>)> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("object"), bytes).unwrap();
        let root = Root::open(folder.path().to_str().unwrap()).unwrap();
        let path = root.child("object").unwrap();
        let object = groundline_store::head(&root, &path).await.unwrap().unwrap();
        let mut chunks = Chunks::open(&root, &object, range, cut, limit, chunk)
            .await
            .unwrap();
        let mut pieces = Vec::new();
        while let Some(piece) = chunks.next().await.unwrap() {
            match piece {
                Piece::Records { position, bytes } => pieces.push((position, Some(bytes))),
                Piece::TooLong {
                    position, length, ..
                } => {
                    pieces.push((position, None));
                    assert!(length > limit as u64);
                }
            }
        }
        pieces
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(future)
    }

    /// Lines with where they begin.
    fn lines(position: u64, bytes: &[u8]) -> Vec<(u64, Vec<u8>)> {
        let mut at = position;
        bytes
            .split_inclusive(|b| *b == b'\n')
            .map(|line| {
                let start = at;
                at += line.len() as u64;
                (start, line.to_vec())
            })
            .collect()
    }

    #[test]
    fn a_record_over_the_limit_is_passed_over_and_its_neighbours_stay() {
        let bytes = [b"a\n".as_slice(), &[b'x'; 50], b"\nb\n"].concat();
        let found = run(pieces(&bytes, None, Cut::Lines, 20, 4));
        assert_eq!(found.first(), Some(&(0, Some(b"a\n".to_vec()))));
        assert!(found.contains(&(2, None)));
        assert_eq!(found.last(), Some(&(53, Some(b"b\n".to_vec()))));
    }

    #[test]
    fn quoted_newlines_stay_in_their_row() {
        let bytes = b"1,\"a\nb\",x\n2,c,y\n";
        let found = run(pieces(bytes, None, Cut::CsvRows, 1000, 4));
        assert_eq!(found.first(), Some(&(0, Some(b"1,\"a\nb\",x\n".to_vec()))));
    }

    proptest! {
        #[test]
        fn ranges_read_apart_give_every_record_once(
            records in prop::collection::vec("[a-z]{0,30}", 0..40),
            last_newline in any::<bool>(),
            cuts in prop::collection::vec(0..1000_u64, 0..6),
            chunk in 1..50_usize,
        ) {
            let mut bytes = records.join("\n").into_bytes();
            if last_newline {
                bytes.push(b'\n');
            }
            let size = bytes.len() as u64;
            let mut cuts: Vec<u64> = cuts.into_iter().map(|c| c % (size + 1)).chain([0, size]).collect();
            cuts.sort_unstable();
            cuts.dedup();
            let mut found = Vec::new();
            for range in cuts.windows(2) {
                for (position, piece) in run(pieces(&bytes, Some((range[0], range[1])), Cut::Lines, 1 << 20, chunk)) {
                    found.extend(lines(position, &piece.unwrap()));
                }
            }
            prop_assert_eq!(found, lines(0, &bytes));
        }

        #[test]
        fn chunk_size_changes_nothing(
            text in "[a-z\"\n]{0,300}",
            limit in 5..60_usize,
            chunk in 1..50_usize,
            rows in any::<bool>(),
        ) {
            let cut = if rows { Cut::CsvRows } else { Cut::Lines };
            let whole: Vec<u8> = run(pieces(text.as_bytes(), None, cut, 1 << 20, 1 << 20))
                .into_iter().flat_map(|(_, piece)| piece.unwrap()).collect();
            prop_assert_eq!(&whole, text.as_bytes());
            let small: Vec<u8> = run(pieces(text.as_bytes(), None, cut, 1 << 20, chunk))
                .into_iter().flat_map(|(_, piece)| piece.unwrap()).collect();
            prop_assert_eq!(&small, text.as_bytes());
            // With a limit, what is given and what is passed over make up the object in order.
            let limited = run(pieces(text.as_bytes(), None, cut, limit, chunk));
            let mut at = 0;
            for (position, piece) in &limited {
                prop_assert!(*position >= at);
                at = position + piece.as_ref().map_or(0, |p| p.len() as u64);
            }
        }
    }
}

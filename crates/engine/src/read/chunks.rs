//! Cuts an object's bytes into pieces that hold whole records, and knows where each piece begins.

use groundline_capture::{CsvBoundaries, last_line_end};
use groundline_store::{Object, Root};

use super::fetch::Fetch;
use crate::error::EngineError;

/// Bytes asked of the store at once: few enough to be decoded from the processor's cache.
pub(crate) const CHUNK: usize = 256 << 10;

/// Bytes of an over-long record that its reject keeps.
const HEAD: usize = 200;

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
    ends: RecordEnds,
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
    /// An over-long record is being passed over: where it began and its first bytes.
    passing: Option<(u64, Vec<u8>)>,
    /// A buffer whose bytes are done with.
    spare: Vec<u8>,
    /// The object has no more bytes than those in `carry`.
    fetched: bool,
    /// Every piece was given out.
    done: bool,
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
        Ok(Self {
            fetch: Fetch::open(root, object, start, range.map(|(_, end)| end), chunk).await?,
            ends: RecordEnds::new(cut),
            limit,
            chunk,
            carry: Vec::new(),
            position: start,
            end: range.map(|(_, end)| end),
            skipping_first: range.is_some_and(|(start, _)| start > 0),
            passing: None,
            spare: Vec::new(),
            fetched: false,
            done: false,
        })
    }

    /// The first bytes of an object read from its start, and whether they are all of it: what `read_head` gives.
    pub(crate) async fn peek(&mut self) -> Result<(&[u8], bool), EngineError> {
        if self.carry.is_empty() && !self.fetched {
            self.fill().await?;
        }
        let head = self.carry.get(..self.chunk).unwrap_or(&self.carry);
        Ok((head, head.len() < self.chunk))
    }

    /// How records are told apart, once the first bytes have been seen.
    pub(crate) fn set_cut(&mut self, cut: Cut) {
        self.ends = RecordEnds::new(cut);
    }

    /// The next piece in order, or `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Piece>, EngineError> {
        while !self.done {
            if let Some(piece) = self.advance() {
                return Ok(Some(piece));
            }
            if self.done {
                break;
            }
            if self.fetched {
                self.done = true;
                return Ok(self.last());
            }
            self.fill().await?;
        }
        Ok(None)
    }

    async fn fill(&mut self) -> Result<(), EngineError> {
        let carry = std::mem::take(&mut self.carry);
        let (filled, more) = self.fetch.fill(carry, self.chunk).await?;
        self.carry = filled;
        self.fetched = !more;
        Ok(())
    }

    /// A piece from what has been read, if there is one.
    fn advance(&mut self) -> Option<Piece> {
        if self.skipping_first {
            self.drop_line()?;
            self.skipping_first = false;
            self.done = self.at_end();
        } else if self.passing.is_some() {
            self.drop_line()?;
            self.done = self.at_end();
            return self.passed();
        }
        if self.done {
            return None;
        }
        let Some(whole) = self.ends.last(&self.carry) else {
            if self.carry.len() > self.limit {
                // No record may be this long; what follows up to its end is the same record.
                let head = self.carry.iter().take(HEAD).copied().collect();
                self.passing = Some((self.position, head));
                self.drop_front(self.carry.len());
            }
            return None;
        };
        let inside = self
            .end
            .map(|end| usize::try_from(end - self.position).unwrap_or(usize::MAX));
        match inside {
            Some(inside) if inside <= whole => {
                // The last record of the range is the one that holds the byte before its end.
                self.done = true;
                let from = inside.checked_sub(1)?;
                let rest = self.carry.get(from..)?;
                let length = memchr::memchr(b'\n', rest).map_or(whole, |n| from + n + 1);
                Some(self.take_front(length))
            }
            _ => Some(self.take_front(whole)),
        }
    }

    /// What is left when the object has ended: a record without a line end, or one that was too long.
    fn last(&mut self) -> Option<Piece> {
        let rest = self.carry.len();
        if self.passing.is_some() {
            self.drop_front(rest);
            return self.passed();
        }
        if self.skipping_first || rest == 0 || self.at_end() {
            return None;
        }
        Some(self.take_front(rest))
    }

    fn at_end(&self) -> bool {
        self.end.is_some_and(|end| self.position >= end)
    }

    fn passed(&mut self) -> Option<Piece> {
        let (position, head) = self.passing.take()?;
        let length = self.position - position;
        Some(Piece::TooLong {
            position,
            length,
            head,
        })
    }

    /// Drops what is left of the record at the front; `None` if its end has not been read yet.
    fn drop_line(&mut self) -> Option<()> {
        let newline = match self.ends.cut {
            Cut::Whole => None,
            Cut::Lines | Cut::CsvRows => memchr::memchr(b'\n', &self.carry),
        };
        self.drop_front(newline.map_or(self.carry.len(), |n| n + 1));
        newline.map(|_| ())
    }

    fn take_front(&mut self, length: usize) -> Piece {
        let mut rest = std::mem::take(&mut self.spare);
        rest.clear();
        rest.extend_from_slice(self.carry.get(length..).unwrap_or_default());
        self.carry.truncate(length);
        let bytes = std::mem::replace(&mut self.carry, rest);
        let position = self.position;
        self.position += bytes.len() as u64;
        self.ends.taken(bytes.len());
        Piece::Records { position, bytes }
    }

    fn drop_front(&mut self, length: usize) {
        self.carry.drain(..length.min(self.carry.len()));
        self.position += length as u64;
        self.ends = RecordEnds::new(self.ends.cut);
    }

    /// Gives back the bytes of a piece that is done with: fresh memory costs as much as reading into it.
    pub(crate) fn recycle(&mut self, bytes: Vec<u8>) {
        if bytes.capacity() > self.spare.capacity() && bytes.capacity() <= 4 * self.chunk {
            self.spare = bytes;
        }
    }
}

/// Finds where the last whole record of a growing buffer ends; looks at each byte once.
struct RecordEnds {
    cut: Cut,
    csv: CsvBoundaries,
    /// Bytes of the buffer that have been looked at, and the last end among them.
    seen: usize,
    end: Option<usize>,
}

impl RecordEnds {
    fn new(cut: Cut) -> Self {
        Self {
            cut,
            csv: CsvBoundaries::new(),
            seen: 0,
            end: None,
        }
    }

    fn last(&mut self, buffer: &[u8]) -> Option<usize> {
        let fresh = buffer.get(self.seen..).unwrap_or_default();
        let found = match self.cut {
            Cut::Whole => None,
            Cut::Lines => last_line_end(fresh),
            Cut::CsvRows => self.csv.feed(fresh),
        };
        if let Some(end) = found {
            self.end = Some(self.seen + end);
        }
        self.seen = buffer.len();
        self.end
    }

    /// So many bytes left the front of the buffer, at a record's end.
    fn taken(&mut self, length: usize) {
        self.seen = self.seen.saturating_sub(length);
        self.end = self
            .end
            .and_then(|end| end.checked_sub(length))
            .filter(|end| *end > 0);
    }
}

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

    /// Every line begins one piece or lies in one; those within the limit are given, the others may be passed over.
    fn check_lines(
        bytes: &[u8],
        found: Vec<(u64, Option<Vec<u8>>)>,
        limit: usize,
    ) -> Result<(), TestCaseError> {
        let mut given: Vec<(u64, Option<Vec<u8>>)> = Vec::new();
        for (position, piece) in found {
            match piece {
                Some(piece) => given.extend(
                    lines(position, &piece)
                        .into_iter()
                        .map(|(p, l)| (p, Some(l))),
                ),
                None => given.push((position, None)),
            }
        }
        let expected = lines(0, bytes);
        prop_assert_eq!(
            given
                .iter()
                .map(|(position, _)| *position)
                .collect::<Vec<_>>(),
            expected
                .iter()
                .map(|(position, _)| *position)
                .collect::<Vec<_>>()
        );
        for ((_, line), (_, expected)) in given.iter().zip(&expected) {
            match line {
                Some(line) => prop_assert_eq!(line, expected),
                None => prop_assert!(expected.len() > limit),
            }
        }
        Ok(())
    }

    #[test]
    fn good_lines_between_two_over_long_ones_stay() {
        let long = [vec![b'x'; 300], vec![b'\n']].concat();
        let bytes = [b"a\n".as_slice(), &long, b"b\nc\n", &long, b"d\n"].concat();
        let found = run(pieces(&bytes, None, Cut::Lines, 100, 90));
        check_lines(&bytes, found, 100).unwrap();
    }

    #[test]
    fn one_over_long_document_is_passed_over_to_its_end() {
        let bytes = b"{\n 1,\n 2,\n 3 }\n";
        let found = run(pieces(bytes, None, Cut::Whole, 5, 3));
        assert_eq!(found, vec![(0, None)]);
    }

    proptest! {
        #[test]
        fn ranges_read_apart_give_every_record_once(
            records in prop::collection::vec(prop_oneof![4 => "[a-z]{0,30}", 1 => "[a-z]{60,200}"], 0..40),
            last_newline in any::<bool>(),
            cuts in prop::collection::vec(0..1000_u64, 0..6),
            chunk in 1..80_usize,
            limit in 5..100_usize,
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
                found.extend(run(pieces(&bytes, Some((range[0], range[1])), Cut::Lines, limit, chunk)));
            }
            check_lines(&bytes, found, limit)?;
        }

        #[test]
        fn chunk_size_changes_nothing(
            text in "[a-z\"\n]{0,300}",
            chunk in 1..50_usize,
            rows in any::<bool>(),
        ) {
            let cut = if rows { Cut::CsvRows } else { Cut::Lines };
            let small: Vec<u8> = run(pieces(text.as_bytes(), None, cut, 1 << 20, chunk))
                .into_iter().flat_map(|(_, piece)| piece.unwrap()).collect();
            prop_assert_eq!(&small, text.as_bytes());
        }
    }
}

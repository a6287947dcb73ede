//! Line numbers. A range of an object cannot know its first line's number, so they are counted afterwards, and only in
//! the objects of which somebody must be told a line.

use groundline_store::{Object, Root};

use super::fetch::Fetch;
use super::log::LoggedReject;
use crate::error::EngineError;

/// Fills in the 1-based line of rejects of one object, given in order of position.
pub(crate) async fn number_lines(
    root: &Root,
    object: &Object,
    rejects: &mut [LoggedReject],
) -> Result<(), EngineError> {
    let positions: Vec<u64> = rejects
        .iter()
        .map(|reject| reject.reject.position)
        .collect();
    let lines = lines_of(root, object, &positions).await?;
    for (reject, line) in rejects.iter_mut().zip(lines) {
        reject.line = line;
    }
    Ok(())
}

/// The 1-based line of each position of an object, given in order. Behind the end of the object there are none.
pub(crate) async fn lines_of(
    root: &Root,
    object: &Object,
    positions: &[u64],
) -> Result<Vec<u64>, EngineError> {
    let mut lines = Vec::with_capacity(positions.len());
    if positions.is_empty() {
        return Ok(lines);
    }
    let mut fetch = Fetch::open(root, object, 0, None, 1 << 20).await?;
    let (mut start, mut line) = (0_u64, 1_u64);
    let mut pending = positions.iter().peekable();
    while pending.peek().is_some() {
        let (bytes, more) = fetch.fill(Vec::new(), 1 << 20).await?;
        let mut counted = 0;
        while let Some(position) = pending.peek() {
            let offset = usize::try_from(position.saturating_sub(start)).unwrap_or(usize::MAX);
            if offset > bytes.len() || (offset == bytes.len() && more) {
                break;
            }
            let upto = offset.max(counted);
            line += memchr::memchr_iter(b'\n', &bytes[counted..upto]).count() as u64;
            counted = upto;
            lines.push(line);
            pending.next();
        }
        line += memchr::memchr_iter(b'\n', &bytes[counted..]).count() as u64;
        start += bytes.len() as u64;
        if !more {
            break;
        }
    }
    Ok(lines)
}

//! Line numbers of rejects. A range of an object cannot know its first line's number,
//! so they are counted afterwards, and only in the objects that have rejects.

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
    let mut fetch = Fetch::open(root, object, 0, 1 << 20).await?;
    let (mut position, mut line) = (0_u64, 1_u64);
    let mut pending = rejects.iter_mut().peekable();
    while pending.peek().is_some() {
        let (bytes, more) = fetch.fill(Vec::new(), 1 << 20).await?;
        let mut counted = 0;
        while let Some(reject) = pending.peek_mut() {
            let offset = usize::try_from(reject.reject.position.saturating_sub(position))
                .unwrap_or(usize::MAX);
            if offset > bytes.len() || (offset == bytes.len() && more) {
                break;
            }
            let upto = offset.max(counted);
            line += memchr::memchr_iter(b'\n', &bytes[counted..upto]).count() as u64;
            counted = upto;
            reject.line = line;
            pending.next();
        }
        line += memchr::memchr_iter(b'\n', &bytes[counted..]).count() as u64;
        position += bytes.len() as u64;
        if !more {
            break;
        }
    }
    Ok(())
}

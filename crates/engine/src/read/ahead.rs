//! Opens objects in order; remote ones some ahead, since each costs a round trip before its first byte.

use futures::StreamExt;
use futures::stream::{self, BoxStream};

use super::reader::RecordReader;
use super::records::ReadOptions;
use crate::error::EngineError;
use crate::tables::Input;

/// Objects that are opened before the reader has come to them.
const MOST: u64 = 16;
/// Bytes that they may hold together.
const BYTES: u64 = 8 << 20;

/// Readers of `inputs`, each with what came with it, in their order.
pub(crate) fn open_ahead<T: Send + 'static>(
    inputs: Vec<(T, Input)>,
    range: Option<(u64, u64)>,
    options: &ReadOptions,
) -> BoxStream<'static, Result<(T, RecordReader), EngineError>> {
    let ahead = ahead(inputs.iter().map(|(_, input)| input));
    let options = options.clone();
    stream::iter(inputs)
        .map(move |(with, input)| {
            let options = options.clone();
            async move { Ok((with, RecordReader::open(&input, range, &options).await?)) }
        })
        .buffered(ahead)
        .boxed()
}

/// How many are open at once.
fn ahead<'a>(inputs: impl Iterator<Item = &'a Input>) -> usize {
    let remote = inputs.filter(|input| !input.root.is_local() && input.staged.is_none());
    match remote.map(|input| input.object.size).max() {
        Some(largest) => (BYTES / largest.max(1)).clamp(1, MOST) as usize,
        None => 1,
    }
}

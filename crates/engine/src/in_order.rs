//! Work shared out to tasks whose results come back in order, a bounded number of them waiting.

use std::collections::VecDeque;

use datafusion::common::runtime::SpawnedTask;
use tokio::sync::mpsc;

use crate::error::EngineError;

/// Results of one task that may wait for those before them.
const WAITING: usize = 8;

/// Where a task puts its results.
pub(crate) type Results<T> = mpsc::Sender<T>;

struct Running<T> {
    results: mpsc::Receiver<T>,
    task: SpawnedTask<Result<(), EngineError>>,
}

/// Starts `work` on each unit, `under_way` of them at once, and hands their results to `sink` in order of the units.
///
/// A task that nobody waits for any more ends with its handle.
pub(crate) async fn in_order<U, T, W>(
    units: impl IntoIterator<Item = U>,
    under_way: usize,
    work: impl Fn(U, Results<T>) -> W,
    mut sink: impl FnMut(T) -> Result<(), EngineError>,
) -> Result<(), EngineError>
where
    T: Send + 'static,
    W: Future<Output = Result<(), EngineError>> + Send + 'static,
{
    let mut units = units.into_iter();
    let mut running: VecDeque<Running<T>> = VecDeque::new();
    loop {
        while running.len() < under_way.max(1)
            && let Some(unit) = units.next()
        {
            let (sender, results) = mpsc::channel(WAITING);
            let task = SpawnedTask::spawn(work(unit, sender));
            running.push_back(Running { results, task });
        }
        let Some(mut first) = running.pop_front() else {
            return Ok(());
        };
        while let Some(result) = first.results.recv().await {
            sink(result)?;
        }
        first.task.join().await.map_err(|e| EngineError::Worker {
            reason: e.to_string(),
        })??;
    }
}

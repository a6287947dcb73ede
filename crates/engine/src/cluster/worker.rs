//! What a process has for the tasks that it runs: its memory, its stores, and the jobs that it has opened.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::job::JobRef;
use crate::error::EngineError;
use crate::options::Resources;

/// Jobs that stay open: a job is read once by a process and used by each of its tasks.
const OPEN: usize = 4;

type Opened = Arc<OnceCell<Arc<dyn Any + Send + Sync>>>;

/// One process's means. Clones of its handle share what was opened.
pub struct Worker {
    /// Of one task: one thread, and its share of the process's memory.
    pub(crate) resources: Resources,
    jobs: Mutex<VecDeque<(JobRef, Opened)>>,
}

impl Worker {
    /// `resources` are those of one task.
    pub fn new(resources: Resources) -> Arc<Self> {
        Arc::new(Self {
            resources,
            jobs: Mutex::default(),
        })
    }

    /// What `open` makes of a job: once, however many tasks ask at the same time.
    pub(crate) async fn opened<T, W>(
        &self,
        job: &JobRef,
        open: impl FnOnce() -> W,
    ) -> Result<Arc<T>, EngineError>
    where
        T: Send + Sync + 'static,
        W: Future<Output = Result<T, EngineError>>,
    {
        let opened = self.slot(job);
        let any = opened
            .get_or_try_init(|| async {
                let made: Arc<dyn Any + Send + Sync> = Arc::new(open().await?);
                Ok::<_, EngineError>(made)
            })
            .await?;
        Arc::clone(any).downcast().map_err(|_| EngineError::Worker {
            reason: "a job was opened as another kind of job".to_owned(),
        })
    }

    fn slot(&self, job: &JobRef) -> Opened {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, opened)) = jobs.iter().find(|(known, _)| known == job) {
            return Arc::clone(opened);
        }
        if jobs.len() == OPEN {
            jobs.pop_front();
        }
        let opened = Opened::default();
        jobs.push_back((job.clone(), Arc::clone(&opened)));
        opened
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}

//! A job that somebody waits for: it is cancelled when nobody does any more, and what it gave is taken away from the
//! executors' disks when it has been read.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use ballista_core::serde::protobuf::{CancelJobParams, CleanJobDataParams};

use crate::address::ClusterAddress;

/// How long the last word about a job may keep a process.
const LAST_WORD: Duration = Duration::from_millis(1500);

/// Held by whoever waits for a job or reads its rows.
#[derive(Debug)]
pub(crate) struct HeldJob {
    url: String,
    id: String,
    ended: AtomicBool,
}

impl HeldJob {
    pub(crate) fn new(address: &ClusterAddress, id: String) -> Self {
        Self {
            url: address.url(),
            id,
            ended: AtomicBool::new(false),
        }
    }

    /// There is nothing to cancel any more.
    pub(crate) fn ended(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

impl Drop for HeldJob {
    fn drop(&mut self) {
        let (url, job_id) = (self.url.clone(), self.id.clone());
        let ended = self.ended.load(Ordering::Relaxed);
        let said = std::thread::spawn(move || {
            say(async {
                let mut scheduler = SchedulerGrpcClient::connect(url).await.ok()?;
                match ended {
                    true => {
                        let done = CleanJobDataParams {
                            job_id,
                            remove_stage_ids: Vec::new(),
                        };
                        scheduler.clean_job_data(done).await.ok()?;
                    }
                    false => {
                        let stop = CancelJobParams { job_id };
                        scheduler.cancel_job(stop).await.ok()?;
                    }
                }
                Some(())
            });
        });
        let _ = said.join();
    }
}

/// On a runtime of its own, since the process's may be on its way out.
fn say(word: impl Future<Output = Option<()>>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    if let Ok(runtime) = runtime {
        // A scheduler that does not hear it takes rows away by itself, later.
        let _ = runtime.block_on(async { tokio::time::timeout(LAST_WORD, word).await });
    }
}

//! Jobs that are run once more, because what they gave is lost.

use crate::error::EngineError;

/// Runs of a job at most: each is lost only with another executor.
const RUNS: u32 = 3;

/// What a job gives; it is run again where that is lost with an executor. It reads the same files each time.
pub(crate) async fn unless_lost<T, W>(job: impl Fn() -> W) -> Result<T, EngineError>
where
    W: Future<Output = Result<T, EngineError>>,
{
    let mut runs = 1;
    loop {
        match job().await {
            Err(EngineError::Cluster(error)) if runs < RUNS && error.is_lost() => {
                runs += 1;
            }
            ended => return ended,
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::super::ClusterError;
    use super::*;

    fn lost() -> EngineError {
        let why = "an executor is gone".to_owned();
        ClusterError::Lost { why }.into()
    }

    #[tokio::test]
    async fn a_lost_job_is_run_three_times_at_most() {
        for (losses, gives) in [(0, true), (2, true), (3, false)] {
            let runs = AtomicU32::new(0);
            let ended = unless_lost(|| async {
                match runs.fetch_add(1, Ordering::SeqCst) < losses {
                    true => Err(lost()),
                    false => Ok(()),
                }
            });
            assert_eq!(ended.await.is_ok(), gives, "{losses}");
            assert_eq!(runs.into_inner(), (losses + 1).min(3));
        }
    }

    #[tokio::test]
    async fn another_error_is_not_tried_again() {
        let runs = AtomicU32::new(0);
        let ended = unless_lost::<(), _>(|| async {
            runs.fetch_add(1, Ordering::SeqCst);
            Err(EngineError::TooManyEncodings)
        });
        ended.await.unwrap_err();
        assert_eq!(runs.into_inner(), 1);
    }
}

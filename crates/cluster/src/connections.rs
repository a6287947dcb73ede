//! Connections between executors, kept for the next read: a task reads a piece of what every task before it wrote.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use ballista_core::client::BallistaClient;
use ballista_core::client_pool::{BallistaClientPool, PooledClient};
use ballista_core::error::Result;
use ballista_core::extension::BallistaConfigGrpcEndpoint;
use ballista_core::utils::GrpcClientConfig;

/// How long a connection that nobody uses stays open; that of a dead executor too.
const IDLE: Duration = Duration::from_secs(30);

type Idle = HashMap<(String, u16, GrpcClientConfig), Vec<(Instant, BallistaClient)>>;

/// Connections that wait to be used again.
#[derive(Clone, Default)]
pub(crate) struct Connections(Arc<Mutex<Idle>>);

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").finish_non_exhaustive()
    }
}

impl Connections {
    fn with<T>(&self, act: impl FnOnce(&mut Idle) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn forget_old(&self) {
        self.with(|idle| {
            idle.retain(|_, connections| {
                connections.retain(|(since, _)| since.elapsed() < IDLE);
                !connections.is_empty()
            });
        });
    }
}

#[async_trait]
impl BallistaClientPool for Connections {
    async fn acquire(
        &self,
        host: &str,
        port: u16,
        config: &GrpcClientConfig,
        customize_endpoint: Option<Arc<BallistaConfigGrpcEndpoint>>,
    ) -> Result<PooledClient> {
        self.forget_old();
        let key = (host.to_owned(), port, config.clone());
        let known = self.with(|idle| idle.get_mut(&key).and_then(Vec::pop));
        let client = match known {
            Some((_, client)) => client,
            None => {
                BallistaClient::try_new(
                    host,
                    port,
                    config.max_message_size,
                    config.use_tls,
                    customize_endpoint,
                    config.io_retries_times,
                    config.io_retry_wait_time_ms,
                    config.initial_connection_window_size,
                    config.initial_stream_window_size,
                )
                .await?
            }
        };
        let connections = self.clone();
        Ok(PooledClient::new(
            client,
            Box::new(move |client| {
                connections.with(|idle| {
                    let waiting = idle.entry(key).or_default();
                    waiting.push((Instant::now(), client));
                });
            }),
        ))
    }

    async fn evict_idle(&self) {
        self.forget_old();
    }
}

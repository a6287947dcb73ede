//! What a scheduler says of itself over HTTP: executors, versions, how far a job is.

use std::time::Duration;

use groundline_engine::ClusterError;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::address::ClusterAddress;
use crate::failure::{chain, failed};

/// A scheduler that does not answer in this time is told as not reachable.
const ANSWER: Duration = Duration::from_secs(10);

/// Asks a scheduler.
#[derive(Clone, Debug)]
pub(crate) struct Monitor {
    address: ClusterAddress,
    http: reqwest::Client,
}

#[derive(Debug, Deserialize)]
struct Executor {
    specification: Specification,
}

#[derive(Debug, Deserialize)]
struct Specification {
    vcores: usize,
}

#[derive(Debug, Deserialize)]
struct Version {
    version: String,
    datafusion_version: String,
}

#[derive(Debug, Deserialize)]
struct Stages {
    stages: Vec<Stage>,
}

#[derive(Debug, Deserialize)]
struct Stage {
    #[serde(default)]
    tasks: Option<Vec<Option<Task>>>,
}

#[derive(Debug, Deserialize)]
struct Task {
    #[serde(default)]
    status: Option<String>,
}

impl Monitor {
    pub(crate) fn new(address: ClusterAddress) -> Result<Self, ClusterError> {
        let http = reqwest::Client::builder().timeout(ANSWER).build();
        Ok(Self {
            address,
            http: http.map_err(|error| failed(chain(&error), None))?,
        })
    }

    /// Cores of all executors that the scheduler hears of.
    pub(crate) async fn cores(&self) -> Result<usize, ClusterError> {
        let executors: Vec<Executor> = self.ask("executors").await?;
        let cores = executors
            .iter()
            .map(|executor| executor.specification.vcores);
        match cores.sum() {
            0 => Err(failed(
                format!("no executor is registered at {}", self.address),
                Some("start some with groundline-cluster executor --scheduler HOST:PORT"),
            )),
            cores => Ok(cores),
        }
    }

    /// An error where the scheduler is built on another Ballista or DataFusion: plans would not mean the same.
    pub(crate) async fn check_version(&self) -> Result<(), ClusterError> {
        let theirs: Version = self.ask("version").await?;
        let ours = (
            ballista_core::BALLISTA_VERSION,
            datafusion::DATAFUSION_VERSION,
        );
        if (theirs.version.as_str(), theirs.datafusion_version.as_str()) == ours {
            return Ok(());
        }
        Err(failed(
            format!(
                "the scheduler at {} is built on Ballista {} and DataFusion {}, this command on {} and {}",
                self.address, theirs.version, theirs.datafusion_version, ours.0, ours.1
            ),
            Some("run the same build of groundline and groundline-cluster everywhere"),
        ))
    }

    /// Tasks that are done, and tasks that are known so far; nothing where the scheduler cannot say.
    pub(crate) async fn tasks(&self, job: &str) -> Option<(u64, u64)> {
        let stages: Stages = self.ask(&format!("job/{job}/stages")).await.ok()?;
        let (mut done, mut all) = (0, 0);
        for task in stages
            .stages
            .into_iter()
            .filter_map(|stage| stage.tasks)
            .flatten()
        {
            all += 1;
            let status = task.and_then(|task| task.status);
            done +=
                u64::from(status.is_some_and(|status| status.eq_ignore_ascii_case("successful")));
        }
        Some((done, all))
    }

    async fn ask<T: DeserializeOwned>(&self, what: &str) -> Result<T, ClusterError> {
        let url = format!("{}/api/{what}", self.address.url());
        let answer = self.http.get(url).send().await;
        let answer = answer.and_then(reqwest::Response::error_for_status);
        let answer = answer.map_err(|error| self.unreachable(&chain(&error)))?;
        let body = answer.bytes().await;
        let body = body.map_err(|error| self.unreachable(&chain(&error)))?;
        serde_json::from_slice(&body).map_err(|error| {
            failed(
                format!("what answers at {} is no scheduler: {error}", self.address),
                Some("--cluster names the host and port of groundline-cluster scheduler"),
            )
        })
    }

    pub(crate) fn unreachable(&self, why: &str) -> ClusterError {
        failed(
            format!("no scheduler answers at {}: {why}", self.address),
            Some(
                "start one with groundline-cluster scheduler, or look at the host and port of --cluster",
            ),
        )
    }
}

//! Flags of the two nodes.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};
use datafusion::prelude::SessionContext;
use groundline_store::{Sse, StorageOptions, Stores};

use crate::address::ClusterAddress;
use crate::executor::ExecutorOptions;
use crate::scheduler::SchedulerOptions;

/// Nodes of a cluster for groundline's --cluster df://HOST:PORT.
#[derive(Debug, Parser)]
#[command(name = "groundline-cluster", version, propagate_version = true)]
pub(crate) struct Args {
    /// What is logged on stderr, as of env_logger: error, warn, info, or by module [default: RUST_LOG, else warn]
    #[arg(long, global = true, value_name = "FILTER")]
    pub(crate) log: Option<String>,

    #[command(subcommand)]
    pub(crate) node: Node,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Node {
    /// Take plans, hand tasks to executors; one for each cluster
    Scheduler(SchedulerArgs),
    /// Run tasks; as many as there are machines
    Executor(ExecutorArgs),
}

#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct SchedulerArgs {
    /// Address to listen at
    #[arg(long, default_value = "127.0.0.1", value_name = "IP")]
    bind_host: String,

    /// Port to listen at, for clients and executors; 0 takes a free one
    #[arg(long, default_value_t = 50050)]
    port: u16,

    /// What executors and clients reach it by
    #[arg(long, default_value = "localhost", value_name = "NAME")]
    pub(crate) external_host: String,

    /// Seconds without a sign of life after which an executor's tasks are given to others
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(4..))]
    executor_timeout: u64,

    /// Seconds that what a job gave stays on the executors' disks where its client does not take it away, because it was
    /// killed; slower clients lose their rows
    #[arg(long, default_value_t = 3600, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    keep_results: u64,
}

impl SchedulerArgs {
    pub(crate) fn into_options(self) -> SchedulerOptions {
        SchedulerOptions {
            bind_host: self.bind_host,
            port: self.port,
            external_host: self.external_host,
            executor_timeout: self.executor_timeout,
            keep_results: self.keep_results,
        }
    }
}

#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct ExecutorArgs {
    /// The scheduler
    #[arg(
        long,
        default_value = "df://localhost:50050",
        value_name = "df://HOST:PORT"
    )]
    scheduler: ClusterAddress,

    /// Address to listen at, for others that read what was shuffled
    #[arg(long, default_value = "127.0.0.1", value_name = "IP")]
    bind_host: String,

    /// What others reach it by [default: what the scheduler sees]
    #[arg(long, value_name = "NAME")]
    external_host: Option<String>,

    /// Port for what was shuffled
    #[arg(long, default_value_t = 50051)]
    port: u16,

    /// Port for what the scheduler asks
    #[arg(long, default_value_t = 50052)]
    grpc_port: u16,

    /// Tasks at once [default: processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    cores: Option<u16>,

    /// Bytes that the process may hold, such as 4G; tasks share them, but each takes 256 MB where it must
    #[arg(long, default_value = "4G", value_name = "SIZE", value_parser = size)]
    memory_limit: u64,

    /// Folder for what is shuffled and for what memory does not hold; two executors have two
    #[arg(long, value_name = "DIR")]
    work_dir: PathBuf,

    /// Seconds to wait for a scheduler that is not there yet
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    wait: u16,

    /// Seconds between signs of life
    #[arg(long, default_value_t = 10, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    heartbeat: u64,

    /// Hours after which forgotten rows are removed from the disk
    #[arg(long, default_value_t = 24, value_name = "HOURS", value_parser = clap::value_parser!(u64).range(1..))]
    keep: u64,

    #[command(flatten)]
    storage: StorageArgs,
}

/// How an executor reaches stores: nothing of it comes from whoever sends a job.
#[derive(Clone, Debug, ClapArgs)]
#[command(next_help_heading = "Storage")]
struct StorageArgs {
    /// An S3 service other than Amazon's [default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, that of the profile]
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,

    /// Region of the S3 buckets [default: AWS_REGION, that of the profile, else asked of each bucket]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// Profile of ~/.aws for credentials and region
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// Read public buckets, without credentials
    #[arg(long)]
    no_sign_request: bool,

    /// Encryption that S3 is asked for when hour files are written [default: that of the run, else of the bucket]
    #[arg(long, value_name = "KIND", value_parser = Sse::parse)]
    sse: Option<Sse>,

    /// Key of AWS KMS for --sse aws:kms
    #[arg(long, value_name = "ID|ARN")]
    kms_key_id: Option<String>,
}

impl ExecutorArgs {
    pub(crate) fn into_options(self) -> ExecutorOptions {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let (scheduler_host, scheduler_port) = self.scheduler.host_and_port();
        ExecutorOptions {
            scheduler_host: scheduler_host.to_owned(),
            scheduler_port,
            bind_host: self.bind_host,
            external_host: self.external_host,
            port: self.port,
            grpc_port: self.grpc_port,
            cores: self.cores.map_or(processors, usize::from),
            memory_limit: self.memory_limit,
            work_dir: self.work_dir,
            wait_for_scheduler: self.wait,
            heartbeat: self.heartbeat,
            keep_hours: self.keep,
            stores: Stores::new(StorageOptions {
                endpoint_url: self.storage.endpoint_url,
                region: self.storage.region,
                profile: self.storage.profile,
                no_sign_request: self.storage.no_sign_request,
                sse: self.storage.sse,
                kms_key_id: self.storage.kms_key_id,
            }),
        }
    }
}

/// `4G`, `512M`, by DataFusion's rules.
fn size(text: &str) -> Result<u64, String> {
    let bytes = SessionContext::parse_capacity_limit("memory-limit", text);
    let bytes = bytes.map_err(|error| error.to_string())?;
    Ok(bytes as u64)
}

//! What a merge run is asked to do.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use groundline_capture::Limits;
use groundline_store::{Stores, Window};
use serde::{Deserialize, Serialize};

use crate::cluster::Cluster;
use crate::model::Model;

/// How many rejects a run accepts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum MaxRejects {
    /// At most this many (per hour for predictions, in all for labels).
    Count(u64),
    /// At most this share of the records read, in percent.
    Percent(f64),
}

impl MaxRejects {
    /// Whether so many of so many are accepted.
    pub fn accepts(self, some: u64, all: u64) -> bool {
        match self {
            Self::Count(limit) => some <= limit,
            Self::Percent(limit) => some as f64 * 100.0 <= limit * all as f64,
        }
    }
}

/// As the user writes it.
impl fmt::Display for MaxRejects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(limit) => write!(f, "{limit}"),
            Self::Percent(limit) => write!(f, "{limit}%"),
        }
    }
}

/// Which implementation of the merge runs; both give the same rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Hour by hour against a compact label index.
    Fast,
    /// The fast plan as it goes when the labels do not fit the memory limit, whether they do or not.
    Spilled,
    /// The statements of `sql/merge/` as they stand.
    Reference,
}

/// How the engine uses the machine; never a setting of the bytes.
#[derive(Clone, Debug)]
pub struct Resources {
    /// Worker threads and partitions.
    pub threads: usize,
    /// Rows of a batch between operators.
    pub batch_size: usize,
    /// Plain objects larger than this are read as several byte ranges, by SQL scans and where labels are read.
    pub split_size: u64,
    /// Bytes that the whole process may hold: DataFusion's operators, the label index, encoders and buffers.
    /// Resident memory stays below it plus 128 MB; records of many
    /// megabytes and rejects are not counted yet.
    pub memory_limit: u64,
    /// Folder for what does not fit below the limit; see [`check_temp_dir`](crate::check_temp_dir).
    pub temp_dir: PathBuf,
    pub limits: Limits,
    /// Opens the roots that are read, and keeps one client for each bucket.
    pub stores: Stores,
    /// Other processes that do the work.
    pub cluster: Option<Arc<dyn Cluster>>,
}

impl Resources {
    /// Tasks under way at once: one more than there are threads, so that a thread whose task waits for bytes
    /// has another.
    pub(crate) fn under_way(&self) -> usize {
        self.threads.max(1) + 1
    }
}

impl Default for Resources {
    fn default() -> Self {
        Self {
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            batch_size: 8192,
            split_size: 16 << 20,
            // Only for callers that do not look at the machine; the command line does.
            memory_limit: 4 << 30,
            temp_dir: std::env::temp_dir(),
            limits: Limits::default(),
            stores: Stores::default(),
            cluster: None,
        }
    }
}

/// How many unmatched labels are told one by one. Beyond that each has its reason all the same; which labels these are
/// is a rule of the rows alone, whatever the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnmatchedLimits {
    /// The first labels, in label order, that have a nearest prediction: of these it is named.
    pub nearest: usize,
    /// The first ids, in label order, that nothing in the run explains: these are looked for in other endpoints,
    /// variants and models.
    pub elsewhere: usize,
}

impl Default for UnmatchedLimits {
    fn default() -> Self {
        Self {
            nearest: 100_000,
            elsewhere: 200_000,
        }
    }
}

/// One merge run.
#[derive(Clone, Debug)]
pub struct MergeOptions {
    pub models: Vec<Model>,
    /// Hours of predictions to merge; `None` is every hour there is.
    pub window: Option<Window>,
    /// Output folder or URI.
    pub out: String,
    /// Columns of the hour files, in their order there; `None` is all.
    pub columns: Option<Vec<String>>,
    /// Label folders that begin after this instant are not seen (microseconds since the epoch, UTC).
    pub as_of_micros: i64,
    pub max_rejects: MaxRejects,
    /// Most outputs of an hour in which an attribute may be absent.
    pub max_absent: MaxRejects,
    /// Keep the first bytes of rejected records.
    pub reject_bytes: bool,
    pub plan: Plan,
    /// Also write SageMaker's merged JSONL layout (formats.md 4.5).
    pub jsonl: bool,
    pub unmatched: UnmatchedLimits,
    /// Folder whose files replace shipped statements by relative path.
    pub sql_dir: Option<PathBuf>,
    pub resources: Resources,
}

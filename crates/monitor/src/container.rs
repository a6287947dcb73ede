//! In place of SageMaker's containers: the merger's and the analyzer's variables, paths, files and exit message
//! (formats.md 4.2, 7.3, 10).
//!
//! The environment alone says what a job does; no clock decides anything. A variable that is not understood is an error
//! that names it, one that other containers know is passed over.

mod analyze;
mod analyze_job;
mod dataset_format;
mod environment;
mod error;
mod folder;
mod job_request;
mod merge;
mod merge_job;
mod merged_line;
mod opt_ml;
mod staging;
mod table;

pub use crate::message::{MOST_CHARACTERS, completed, failed};
pub use analyze::{Analysis, AnalyzeOptions, analyze};
pub use analyze_job::{AnalyzeJob, Attributes, CloudWatch};
pub use dataset_format::DatasetFormat;
pub use environment::{Environment, VariableError};
pub use error::ContainerError;
pub use job_request::JobRequest;
pub use merge::{MergeDone, merge};
pub use merge_job::MergeJob;
pub use opt_ml::OptMl;

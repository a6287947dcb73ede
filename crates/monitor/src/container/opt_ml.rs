//! `/opt/ml`: where SageMaker puts what a container reads and takes what it says.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use groundline_report::Point;
use groundline_report::cloudwatch::cloudwatch_lines;

use super::job_request::JobRequest;

/// SageMaker's folder.
const OPT_ML: &str = "/opt/ml";

/// Bytes of the job's request beyond which it is not read.
const MOST_BYTES: u64 = 1 << 20;

/// The fixed paths of a processing container (formats.md 7.3, 8, 10.3).
#[derive(Clone, Debug)]
pub struct OptMl {
    folder: PathBuf,
}

impl OptMl {
    /// SageMaker's paths, or the same below another folder.
    pub fn at(folder: Option<&Path>) -> Self {
        Self {
            folder: folder.unwrap_or(Path::new(OPT_ML)).to_owned(),
        }
    }

    /// The file whose text becomes the job's ExitMessage.
    pub fn message(&self) -> PathBuf {
        self.folder.join("output/message")
    }

    /// The file of metrics that SageMaker's agent takes to CloudWatch.
    pub fn cloudwatch(&self) -> PathBuf {
        self.folder
            .join("output/metrics/cloudwatch/cloudwatch_metrics.jsonl")
    }

    /// Writes the exit message.
    pub fn say(&self, message: &str) -> io::Result<()> {
        write(&self.message(), message)
    }

    /// Writes the points; without any, nothing.
    pub fn publish(&self, points: &[Point]) -> io::Result<()> {
        match points.is_empty() {
            true => Ok(()),
            false => write(&self.cloudwatch(), &cloudwatch_lines(points)),
        }
    }

    /// The request of the job, where SageMaker has left it and it can be read; it only makes messages better.
    pub fn request(&self) -> Option<JobRequest> {
        let file = self.folder.join("config/processingjobconfig.json");
        if !fs::metadata(&file).ok()?.is_file() {
            return None;
        }
        let mut bytes = Vec::new();
        let file = fs::File::open(file).ok()?;
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes).ok()?;
        if bytes.len() as u64 > MOST_BYTES {
            return None;
        }
        JobRequest::parse(&bytes)
    }
}

fn write(file: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, text)
}

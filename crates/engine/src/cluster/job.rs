//! The object that pins a job: inputs with size and ETag, settings, nothing secret. The plan names it by its hash, so
//! that every task sees the same, and messages stay small however many files there are.

use std::hash::{BuildHasher, RandomState};

use bytes::Bytes;
use groundline_store::{
    JOBS, Root, delete_if_present, put_if_changed, read_if_present, remove_empty_folder,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::ClusterError;
use super::pinned::address;
use crate::error::EngineError;
use crate::merge::OUTPUT_REVISION;

/// Compression of the objects: names of files are much alike.
const LEVEL: i32 = 3;

/// Which builds write the same bytes: all nodes of a cluster must be of one.
pub fn build_version() -> String {
    format!("{} (output {OUTPUT_REVISION})", env!("CARGO_PKG_VERSION"))
}

/// Where a job is found.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct JobRef {
    /// [`build_version`] of who planned it.
    pub(crate) build: String,
    /// The root that holds it, as every process can open it.
    pub(crate) root: String,
    pub(crate) key: String,
    /// Of the unpacked content.
    pub(crate) sha256: String,
    /// Bytes of the unpacked content: more are never read.
    pub(crate) bytes: u64,
}

/// A job whose object is there; it goes with [`Published::remove`].
#[derive(Debug)]
pub(crate) struct Published {
    pub(crate) job: JobRef,
    root: Root,
}

impl Published {
    /// Writes the object of a job below `root`.
    pub(crate) async fn write<T: Serialize>(root: &Root, spec: &T) -> Result<Self, EngineError> {
        let text = serde_json::to_vec(spec).map_err(|error| garbled(&error))?;
        let sha256 = format!("{:x}", Sha256::digest(&text));
        let packed = zstd::bulk::compress(&text, LEVEL).map_err(|error| garbled(&error))?;
        // Two runs over the same inputs have an object each, since each takes its own away. Nobody reads the name.
        let run = RandomState::new().hash_one(&sha256);
        let key = format!("{JOBS}/{sha256}-{run:016x}.json.zst");
        put_if_changed(root, &key, Bytes::from(packed)).await?;
        Ok(Self {
            job: JobRef {
                build: build_version(),
                root: address(root)?,
                key,
                sha256,
                bytes: text.len() as u64,
            },
            root: root.clone(),
        })
    }

    /// Takes the object away. Tasks that have not begun fail from now on.
    pub(crate) async fn remove(self) -> Result<(), EngineError> {
        delete_if_present(&self.root, &self.job.key).await?;
        remove_empty_folder(&self.root, JOBS);
        Ok(())
    }
}

/// Reads the object of a job and checks that it is what the plan means.
pub(crate) async fn read_spec<T: DeserializeOwned>(
    job: &JobRef,
    root: &Root,
) -> Result<T, EngineError> {
    let ours = build_version();
    if job.build != ours {
        return Err(ClusterError::OtherBuild {
            theirs: job.build.clone(),
            ours,
        }
        .into());
    }
    let path = root.child(&job.key)?;
    let packed = read_if_present(root, &path).await?;
    let packed = packed.ok_or_else(|| ClusterError::Failed {
        message: format!("the job's object {}/{} is not there", job.root, job.key),
        hint: Some(
            "the run that planned it has ended, or the output folder is not shared with this executor"
                .to_owned(),
        ),
    })?;
    let mut unpacked = Vec::new();
    let decoder = zstd::Decoder::new(packed.as_ref()).map_err(|error| garbled(&error))?;
    std::io::Read::read_to_end(&mut std::io::Read::take(decoder, job.bytes), &mut unpacked)
        .map_err(|error| garbled(&error))?;
    let sha256 = format!("{:x}", Sha256::digest(&unpacked));
    if sha256 != job.sha256 {
        return Err(garbled(&format!(
            "its sha256 is {sha256}, the plan says {}",
            job.sha256
        ))
        .into());
    }
    Ok(serde_json::from_slice(&unpacked).map_err(|error| garbled(&error))?)
}

fn garbled(why: &dyn std::fmt::Display) -> ClusterError {
    ClusterError::Garbled {
        what: "the job's object",
        why: why.to_string(),
    }
}

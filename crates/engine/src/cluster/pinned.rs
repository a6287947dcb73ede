//! Objects as a job names them: root by number, size, time and ETag as they were when the job was planned.

use std::collections::HashMap;
use std::sync::Arc;

use groundline_store::{Hour, Object, Root, Stores};
use serde::{Deserialize, Serialize};

use super::error::ClusterError;
use crate::error::EngineError;
use crate::read::IdRules;
use crate::tables::{Input, InputKind};

/// Roots by number, as every process can open them.
#[derive(Debug, Default)]
pub(crate) struct RootNames {
    names: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl RootNames {
    pub(crate) fn number(&mut self, root: &Root) -> Result<u32, ClusterError> {
        let name = address(root)?;
        if let Some(number) = self.numbers.get(&name) {
            return Ok(*number);
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.numbers.insert(name.clone(), number);
        self.names.push(name);
        Ok(number)
    }

    pub(crate) fn into_names(self) -> Vec<String> {
        self.names
    }

    /// Opens all of them.
    pub(crate) async fn open(names: &[String], stores: &Stores) -> Result<Vec<Root>, EngineError> {
        let mut roots = Vec::with_capacity(names.len());
        for name in names {
            roots.push(stores.open(name).await?);
        }
        Ok(roots)
    }
}

/// What a root is called by processes whose working folder is another.
pub(crate) fn address(root: &Root) -> Result<String, ClusterError> {
    root.address().ok_or_else(|| ClusterError::Unreachable {
        what: format!("`{}`", root.display()),
    })
}

/// An object as it was listed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PinnedObject {
    root: u32,
    key: String,
    size: u64,
    mtime_micros: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
}

impl PinnedObject {
    fn of(root: &Root, object: &Object, names: &mut RootNames) -> Result<Self, ClusterError> {
        Ok(Self {
            root: names.number(root)?,
            key: object.key.clone(),
            size: object.size,
            mtime_micros: object.mtime_micros,
            etag: object.etag.clone(),
        })
    }

    fn open(self, roots: &[Root]) -> Result<(Root, Object), EngineError> {
        let root = roots
            .get(self.root as usize)
            .ok_or_else(|| garbled(format!("there is no root {}", self.root)))?;
        let object = Object {
            path: root.child(&self.key)?,
            key: self.key,
            size: self.size,
            mtime_micros: self.mtime_micros,
            etag: self.etag,
        };
        Ok((root.clone(), object))
    }
}

/// An object of predictions or labels.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PinnedInput {
    kind: InputKind,
    hour: Hour,
    endpoint: String,
    variant: String,
    #[serde(flatten)]
    object: PinnedObject,
    /// The transform's input file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pair: Option<PinnedObject>,
}

impl PinnedInput {
    pub(crate) fn of(input: &Input, names: &mut RootNames) -> Result<Self, ClusterError> {
        if input.staged.is_some() {
            return Err(ClusterError::NotThere {
                what: "a table of labels (Parquet, CSV or JSON Lines of a warehouse)",
                hint: "write ground truth of it with groundline labels export, and merge with that",
            });
        }
        let pair = input
            .pair
            .as_ref()
            .map(|(root, object)| PinnedObject::of(root, object, names));
        Ok(Self {
            kind: input.kind,
            hour: input.hour,
            endpoint: input.endpoint.clone(),
            variant: input.variant.clone(),
            object: PinnedObject::of(&input.root, &input.object, names)?,
            pair: pair.transpose()?,
        })
    }

    pub(crate) fn open(self, roots: &[Root], ids: &Arc<IdRules>) -> Result<Input, EngineError> {
        let (root, object) = self.object.open(roots)?;
        Ok(Input {
            kind: self.kind,
            root,
            object,
            hour: self.hour,
            endpoint: self.endpoint,
            variant: self.variant,
            pair: self.pair.map(|pair| pair.open(roots)).transpose()?,
            ids: Arc::clone(ids),
            staged: None,
        })
    }
}

fn garbled(why: String) -> ClusterError {
    ClusterError::Garbled {
        what: "the job's inputs",
        why,
    }
}

//! Objects of batch transform jobs: through data-capture manifests, or a folder of outputs (formats.md 2).

mod some;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::TimestampMicrosecondType;
use futures::{StreamExt, TryStreamExt};
use groundline_capture::{Column, Grain, Limits, parse_manifest};
use groundline_store::{
    Hour, HourListing, Object, Root, Stores, UriMap, Window, hour_in_key, list_flat, list_hours,
    nearest_hours,
};

use super::input::{BATCH, Input, InputKind};
use super::job_inputs::{Named, pair};
use super::listing::Listed;
use crate::error::EngineError;
use crate::read::{ReadOptions, RecordReader, ScanLog, fetch_all};

pub(crate) use some::manifest_entry;

/// Manifests and heads read at once.
const CONCURRENT: usize = 16;

/// Where a model's transform outputs are found.
#[derive(Debug)]
pub(crate) struct Transforms {
    root: Root,
    map: UriMap,
    /// Hour of outputs that nothing else places.
    hour: Option<Hour>,
    /// The root holds `/output` manifests.
    manifests: bool,
}

impl Transforms {
    pub(crate) async fn open(
        stores: &Stores,
        uri: &str,
        map: &[String],
        hour: Option<Hour>,
    ) -> Result<Self, EngineError> {
        let root = stores.open(uri).await?;
        let mut map = UriMap::parse(map, stores).await?;
        map.declare(&root);
        let output = root.child("output")?;
        let hours = groundline_store::first_and_last_hour(&root, &output).await?;
        Ok(Self {
            root,
            map,
            hour,
            manifests: hours.is_some(),
        })
    }

    pub(crate) fn display(&self) -> &str {
        self.root.display()
    }

    pub(crate) async fn list(&self, window: Option<Window>) -> Result<Listed, EngineError> {
        let listed = if self.manifests {
            self.list_manifests(window).await?
        } else {
            self.list_folder(window).await?
        };
        let mut seen: HashMap<(Hour, &str), &Input> = HashMap::new();
        for input in &listed.inputs {
            if seen
                .insert((input.hour, &input.object.key), input)
                .is_some()
            {
                return Err(EngineError::SameKey {
                    file: input.object.key.clone(),
                });
            }
        }
        Ok(listed)
    }

    pub(crate) async fn nearest(
        &self,
        window: Window,
    ) -> Result<(Option<Hour>, Option<Hour>), EngineError> {
        if self.manifests {
            return Ok(nearest_hours(&self.root, &self.root.child("output")?, window).await?);
        }
        let all = self.list_folder(None).await?;
        let hours = || all.inputs.iter().map(|i| i.hour);
        Ok((
            hours().filter(|h| *h < window.from).max(),
            hours().filter(|h| *h >= window.to).min(),
        ))
    }

    async fn list_manifests(&self, window: Option<Window>) -> Result<Listed, EngineError> {
        let outputs = list_hours(&self.root, &self.root.child("output")?, window).await?;
        let inputs = list_hours(&self.root, &self.root.child("input")?, window).await?;
        let mut skipped = outputs.skipped;
        skipped += inputs.skipped;

        let sources = self.resolve_all(inputs, false).await?;
        let mut listed = Listed {
            inputs: Vec::new(),
            skipped,
        };
        for (hour, outputs) in self.resolve_all(outputs, true).await? {
            let sources = sources.get(&hour).map(Vec::as_slice).unwrap_or_default();
            let pairs = pair(&outputs, sources);
            for (output, input) in outputs.into_iter().zip(pairs) {
                let Some((root, object)) = output.found else {
                    continue;
                };
                if object.size == 0 {
                    listed.skipped.empty += 1;
                    continue;
                }
                let source = input.and_then(|number| sources.get(number)?.found.clone());
                listed.inputs.push(batch_input(root, object, hour, source));
            }
        }
        Ok(listed)
    }

    /// What the manifests of each hour name, in order of their keys; an object named twice in an hour is there once.
    async fn resolve_all(
        &self,
        manifests: HourListing,
        required: bool,
    ) -> Result<BTreeMap<Hour, Vec<Named>>, EngineError> {
        let manifests: Vec<(Hour, Object)> = manifests
            .hours
            .into_iter()
            .flat_map(|(hour, objects)| objects.into_iter().map(move |o| (hour, o)))
            .collect();
        let resolved: Vec<(Hour, Vec<Named>)> = futures::stream::iter(manifests)
            .map(|(hour, manifest)| async move {
                self.resolve(&manifest, required)
                    .await
                    .map(|named| (hour, named))
            })
            .buffered(CONCURRENT)
            .try_collect()
            .await?;
        let mut hours: BTreeMap<Hour, Vec<Named>> = BTreeMap::new();
        let mut seen: HashSet<(Hour, String)> = HashSet::new();
        for (hour, named) in resolved {
            for named in named {
                if seen.insert((hour, named.uri.clone())) {
                    hours.entry(hour).or_default().push(named);
                }
            }
        }
        Ok(hours)
    }

    /// The objects that a manifest names. A missing input is no input; a missing output is an error.
    async fn resolve(&self, manifest: &Object, required: bool) -> Result<Vec<Named>, EngineError> {
        let limits = Limits::default();
        let bytes = fetch_all(&self.root, manifest, limits.max_record_bytes)
            .await?
            .unwrap_or_default();
        let parsed = parse_manifest(&bytes, &limits).map_err(|source| EngineError::Manifest {
            file: manifest.key.clone(),
            source,
        })?;
        let mut named = Vec::with_capacity(parsed.keys.len());
        for key in parsed.keys {
            let uri = format!("{}{key}", parsed.prefix);
            let resolved = match self.map.resolve(&uri) {
                Ok(resolved) => Some(resolved),
                // Inputs need no mapping of their own; without one they do not pair.
                Err(_) if !required => None,
                Err(source) => {
                    return Err(EngineError::ManifestEntry {
                        file: manifest.key.clone(),
                        source: Box::new(source),
                    });
                }
            };
            let mut found = None;
            if let Some((root, path, below)) = resolved {
                match groundline_store::head(&root, &path).await? {
                    Some(mut object) => {
                        object.key = below;
                        found = Some((root, object));
                    }
                    None if required => {
                        return Err(EngineError::MissingOutput {
                            manifest: manifest.key.clone(),
                            uri,
                            looked_at: format!("{}/{below}", root.display()),
                        });
                    }
                    None => {}
                }
            }
            named.push(Named { uri, key, found });
        }
        Ok(named)
    }

    async fn list_folder(&self, window: Option<Window>) -> Result<Listed, EngineError> {
        let (objects, skipped) = list_flat(&self.root, self.root.prefix()).await?;
        let placed: Vec<Input> = futures::stream::iter(Self::outputs(objects))
            .map(|object| async move { self.place(object).await })
            .buffered(CONCURRENT)
            .try_collect()
            .await?;
        let inputs = placed
            .into_iter()
            .filter(|i| window.is_none_or(|w| w.contains(i.hour)))
            .collect();
        Ok(Listed { inputs, skipped })
    }

    /// The outputs among the objects of a folder: those that are named like one, if any is.
    fn outputs(mut objects: Vec<Object>) -> Vec<Object> {
        let is_out = |object: &Object| {
            [".out", ".out.gz", ".out.zst"]
                .iter()
                .any(|end| object.key.ends_with(end))
        };
        if objects.iter().any(is_out) {
            objects.retain(is_out);
        }
        objects
    }

    /// Hour of an output without manifest: its path, its first record, or the flag.
    async fn place(&self, object: Object) -> Result<Input, EngineError> {
        let key = object.key.clone();
        if let Some(hour) = hour_in_key(&key) {
            return Ok(batch_input(self.root.clone(), object, hour, None));
        }
        let input = batch_input(self.root.clone(), object, Hour::from_micros(0), None);
        let hour = match first_time(&input).await? {
            Some(micros) => Hour::from_micros(micros),
            None => self.hour.ok_or(EngineError::NoHour { file: key })?,
        };
        Ok(Input { hour, ..input })
    }
}

fn batch_input(root: Root, object: Object, hour: Hour, pair: Option<(Root, Object)>) -> Input {
    Input {
        kind: InputKind::Transform,
        root,
        object,
        hour,
        endpoint: BATCH.to_owned(),
        variant: BATCH.to_owned(),
        pair,
        ids: Arc::default(),
        staged: None,
    }
}

/// SageMakerInferenceTime of the first record that has one.
async fn first_time(input: &Input) -> Result<Option<i64>, EngineError> {
    let options = ReadOptions {
        grain: Grain::Capture,
        columns: vec![Column::InferenceTime],
        batch_rows: 1,
        batch_bytes: crate::read::BATCH_BYTES,
        limits: Limits::default(),
        log: Arc::new(ScanLog::default()),
        progress: None,
    };
    let mut reader = RecordReader::open(input, None, &options).await?;
    // Records without a time, and rejects before the first record, are passed over.
    while let Some(batch) = reader.next().await? {
        let times = batch.column(0).as_primitive::<TimestampMicrosecondType>();
        if let Some(time) = times.iter().flatten().next() {
            return Ok(Some(time));
        }
    }
    Ok(None)
}

//! Some outputs of a folder of transforms, for a look that must not read them all.

use groundline_capture::{Limits, parse_manifest};
use groundline_store::{Hour, HourListing, Object, Root, list_flat_up_to, list_hours};

use super::{Listed, Transforms, fetch_all};
use crate::error::EngineError;
use crate::tables::Input;

/// Objects of a folder that are listed.
const LISTED: usize = 20_000;

/// Some outputs, and how many there are of what was listed.
#[derive(Debug, Default)]
pub(crate) struct SomeOutputs {
    pub(crate) inputs: Vec<Input>,
    /// Outputs and their bytes that were listed, where `inputs` are only some of them.
    pub(crate) listed: Option<(u64, u64)>,
    /// There are more outputs than were listed.
    pub(crate) cut: bool,
    /// What was looked at, where it was not all: `48 of 960 manifests`.
    pub(crate) counted: Option<String>,
    /// The first and the last hour that have any.
    pub(crate) span: Option<(Hour, Hour)>,
}

impl Transforms {
    /// The outputs of at most about `most` manifests, or so many outputs of a folder, evenly spaced.
    pub(crate) async fn some(
        &self,
        most: usize,
        pick: impl Fn(usize, usize) -> Vec<usize>,
    ) -> Result<SomeOutputs, EngineError> {
        if !self.manifests {
            return self.some_of_folder(most, pick).await;
        }
        let prefix = self.root.child("output")?;
        let all = list_hours(&self.root, &prefix, None).await?;
        let span = all
            .hours
            .keys()
            .next()
            .copied()
            .zip(all.hours.keys().next_back().copied());
        let flat: Vec<(Hour, Object)> = all
            .hours
            .into_iter()
            .flat_map(|(hour, objects)| objects.into_iter().map(move |object| (hour, object)))
            .collect();
        let count = flat.len();
        let mut chosen = HourListing::default();
        let picked = pick(count, most);
        let looked = picked.len();
        for (hour, object) in picked.into_iter().filter_map(|index| flat.get(index)) {
            chosen.hours.entry(*hour).or_default().push(object.clone());
        }
        let mut listed = Listed::default();
        for (hour, outputs) in self.resolve_all(chosen, true).await? {
            for (root, object) in outputs.into_iter().filter_map(|output| output.found) {
                if object.size > 0 {
                    listed
                        .inputs
                        .push(super::batch_input(root, object, hour, None));
                }
            }
        }
        listed.inputs.sort_by(|a, b| a.order().cmp(&b.order()));
        Ok(SomeOutputs {
            inputs: listed.inputs,
            // What the other manifests name is not known.
            listed: None,
            cut: looked < count,
            counted: (looked < count).then(|| format!("in {looked} of {count} manifests")),
            span,
        })
    }

    async fn some_of_folder(
        &self,
        most: usize,
        pick: impl Fn(usize, usize) -> Vec<usize>,
    ) -> Result<SomeOutputs, EngineError> {
        let (objects, all) = list_flat_up_to(&self.root, self.root.prefix(), LISTED).await?;
        let chosen = Self::outputs(objects);
        let count = chosen.len();
        let bytes = chosen.iter().map(|object| object.size).sum();
        let picked = pick(count, most);
        let looked = picked.len();
        let mut inputs = Vec::with_capacity(looked);
        for object in picked.into_iter().filter_map(|index| chosen.get(index)) {
            inputs.push(self.place(object.clone()).await?);
        }
        inputs.sort_by(|a, b| a.order().cmp(&b.order()));
        let span = inputs
            .iter()
            .map(|input| input.hour)
            .min()
            .zip(inputs.iter().map(|input| input.hour).max());
        let counted = match (looked < count, all) {
            (true, true) => Some(format!("hours of {looked} of them")),
            (true, false) => Some(format!(
                "among the first {LISTED} objects, hours of {looked} of them"
            )),
            (false, false) => Some(format!("among the first {LISTED} objects")),
            (false, true) => None,
        };
        Ok(SomeOutputs {
            inputs,
            listed: Some((count as u64, bytes)),
            cut: !all,
            counted,
            span,
        })
    }
}

/// A URI that a manifest below `root` names, and the URI of its prefix; `None` without manifests.
pub(crate) async fn manifest_entry(
    root: &Root,
    folder: &str,
) -> Result<Option<(String, String)>, EngineError> {
    let prefix = root.child(folder)?;
    let (objects, _) = list_flat_up_to(root, &prefix, 100).await?;
    for object in objects.iter().take(4) {
        let limits = Limits::default();
        let Some(bytes) = fetch_all(root, object, limits.max_record_bytes).await? else {
            continue;
        };
        if let Ok(manifest) = parse_manifest(&bytes, &limits)
            && let Some(key) = manifest.keys.first()
        {
            let uri = format!("{}{key}", manifest.prefix);
            return Ok(Some((manifest.prefix, uri)));
        }
    }
    Ok(None)
}

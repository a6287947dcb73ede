//! What is there: the hours and objects of each endpoint variant, of transforms and of labels.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use groundline_store::{
    CaptureLayout, Hour, Object, Path, Root, Window, day_folders, first_and_last_hour,
    list_hours_up_to,
};

use super::bounds::{Bounds, spread};
use crate::error::EngineError;
use crate::read::IdRules;
use crate::tables::{BATCH, Input, InputKind};

/// LIST calls under way at once.
const CONCURRENT: usize = 16;

/// Endpoint variants that are looked into; a bucket of more is shown without their hours.
pub(super) const MOST_PLACES: usize = 64;

/// One endpoint variant, the transforms of a folder, or the labels.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) endpoint: String,
    pub(super) variant: String,
    pub(super) first: Hour,
    pub(super) last: Hour,
    /// The hours that were listed and have objects.
    pub(super) hours: BTreeMap<Hour, Vec<Input>>,
    /// Files and bytes that were listed, where those of `hours` are only some of them.
    pub(super) listed: Option<(u64, u64)>,
    /// There are more files than were listed.
    pub(super) cut: bool,
    /// What was listed, where it was not all: `62 of 365 days`.
    pub(super) counted: Option<String>,
}

impl Place {
    /// Files that were listed.
    pub(super) fn files(&self) -> u64 {
        let known = || self.hours.values().map(|inputs| inputs.len() as u64).sum();
        self.listed.map_or_else(known, |(files, _)| files)
    }

    /// Their bytes.
    pub(super) fn bytes(&self) -> u64 {
        let inputs = self.hours.values().flatten();
        let known = || inputs.map(|input| input.object.size).sum();
        self.listed.map_or_else(known, |(_, bytes)| bytes)
    }

    /// The objects of a listed hour.
    pub(super) fn inputs(&self, hour: Hour) -> &[Input] {
        self.hours.get(&hour).map_or(&[], Vec::as_slice)
    }

    /// The same place, its ids found by `rules`.
    pub(super) fn identified(&self, rules: IdRules) -> Self {
        let rules = Arc::new(rules);
        let mut place = self.clone();
        for input in place.hours.values_mut().flatten() {
            input.ids = Arc::clone(&rules);
        }
        place
    }

    /// A place whose objects are all known.
    pub(super) fn known(
        endpoint: &str,
        variant: &str,
        inputs: Vec<Input>,
        counted: Option<String>,
    ) -> Option<Self> {
        let mut hours: BTreeMap<Hour, Vec<Input>> = BTreeMap::new();
        for input in inputs {
            hours.entry(input.hour).or_default().push(input);
        }
        let (first, last) = (*hours.keys().next()?, *hours.keys().next_back()?);
        Some(Self {
            endpoint: endpoint.to_owned(),
            variant: variant.to_owned(),
            first,
            last,
            hours,
            listed: None,
            cut: counted.is_some(),
            counted,
        })
    }
}

/// The variants of a capture layout that have objects, in order. The flag is false where there are more variants than
/// were looked into.
pub(super) async fn captures(
    layout: &CaptureLayout,
    bounds: &Bounds,
) -> Result<(Vec<Place>, bool), EngineError> {
    let looked: Vec<_> = layout.variants.iter().take(MOST_PLACES).cloned().collect();
    let days = (2 * bounds.days / looked.len().max(1)).clamp(2, bounds.days);
    let found: Vec<Option<Place>> = futures::stream::iter(looked)
        .map(|variant| async move {
            let make = |hour, object| Input {
                kind: InputKind::Captures,
                root: layout.root.clone(),
                object,
                hour,
                endpoint: variant.endpoint.clone(),
                variant: variant.variant.clone(),
                pair: None,
                ids: Arc::default(),
                staged: None,
            };
            let prefix = &variant.prefix;
            let place = place(&layout.root, prefix, layout.within, days, bounds, make).await?;
            Ok::<_, EngineError>(place.map(|place| Place {
                endpoint: variant.endpoint.clone(),
                variant: variant.variant.clone(),
                ..place
            }))
        })
        .buffered(4)
        .try_collect()
        .await?;
    let places = found.into_iter().flatten().collect();
    Ok((places, layout.variants.len() <= MOST_PLACES))
}

/// The labels below a root; `None` where there are none.
pub(super) async fn labels(
    root: &Root,
    within: Option<Window>,
    bounds: &Bounds,
) -> Result<Option<Place>, EngineError> {
    let make = |hour, object| Input {
        kind: InputKind::Labels,
        root: root.clone(),
        object,
        hour,
        endpoint: String::new(),
        variant: String::new(),
        pair: None,
        ids: Arc::default(),
        staged: None,
    };
    place(root, root.prefix(), within, bounds.days, bounds, make).await
}

/// Endpoint and variant of transforms.
pub(super) const TRANSFORMS: (&str, &str) = (BATCH, BATCH);

async fn place(
    root: &Root,
    prefix: &Path,
    within: Option<Window>,
    most_days: usize,
    bounds: &Bounds,
    make: impl Fn(Hour, Object) -> Input,
) -> Result<Option<Place>, EngineError> {
    let Some((first, last)) = first_and_last_hour(root, prefix).await? else {
        return Ok(None);
    };
    let span = Window {
        from: first,
        to: last.plus(1),
    };
    let Some(span) = within.map_or(Some(span), |within| within.intersect(span)) else {
        return Ok(None);
    };
    let days: Vec<Window> = day_folders(root, prefix)
        .await?
        .into_iter()
        .filter_map(|day| day.intersect(span))
        .collect();
    let chosen: Vec<Window> = spread(days.len(), most_days)
        .into_iter()
        .filter_map(|day| days.get(day).copied())
        .collect();
    let listed = chosen.len();
    let answers: Vec<_> = futures::stream::iter(chosen)
        .map(|day| list_hours_up_to(root, prefix, day, bounds.objects_of_day))
        .buffered(CONCURRENT)
        .try_collect()
        .await?;
    let mut ended_early = false;
    let mut inputs = Vec::new();
    for (listing, early) in answers {
        ended_early |= early;
        for (hour, objects) in listing.hours {
            inputs.extend(objects.into_iter().map(|object| make(hour, object)));
        }
    }
    let of_days = format!("in {listed} of {} days", days.len());
    let of_day = format!("the first {} objects of each day", bounds.objects_of_day);
    let counted = match (listed < days.len(), ended_early) {
        (true, true) => Some(format!("{of_days}, {of_day}")),
        (true, false) => Some(of_days),
        (false, true) => Some(of_day),
        (false, false) => None,
    };
    let whole = counted.is_none();
    Ok(Place::known("", "", inputs, counted).map(|place| Place {
        // Days that were not listed may lie before the first object that was seen, but not outside the span.
        first: if whole { place.first } else { span.from },
        last: if whole { place.last } else { span.to.plus(-1) },
        ..place
    }))
}

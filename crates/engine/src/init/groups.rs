//! Which endpoint variants are one model: those whose payloads have the same attributes. And when a payload changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use groundline_capture::{Encoding, Selector};
use groundline_store::Hour;

use super::crossing::Crossing;
use super::fields::{Leaf, Profile, Profiles, last_columns, leaves};
use super::guess::{Evidence, Guess, Pair, guess};
use super::ids::LabelText;
use super::label_data;
use super::places::Place;
use super::sample::{Event, Sample, Sampler};
use crate::error::EngineError;

/// Records of an hour that tell its shape.
const OF_HOUR: usize = 16;

/// What all guesses of one source share.
pub(super) struct Ground<'a> {
    /// CSV rows may begin with the inputs.
    pub(super) transforms: bool,
    pub(super) labels: &'a Profile,
    pub(super) by_key: &'a HashMap<String, LabelText>,
    pub(super) attribute: Option<&'a Selector>,
}

/// The records of some events: profiles of their fields, and those with a label.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) outputs: Profiles,
    pub(super) pairs: Vec<Pair>,
    joined: bool,
}

impl Ground<'_> {
    /// The label of an event, by either of its ids.
    pub(super) fn label(&self, event: &Event) -> Option<&LabelText> {
        let ids = [event.inference_id.as_deref(), event.event_id.as_deref()];
        ids.into_iter().flatten().find_map(|id| self.by_key.get(id))
    }

    /// The output's fields of each record of an event.
    pub(super) fn outputs(&self, event: &Event) -> Vec<Vec<Leaf>> {
        let Some(side) = &event.output else {
            return Vec::new();
        };
        let rows = self.transforms && side.piece_encoding == Encoding::Csv;
        let pieces = side.pieces.iter();
        pieces
            .map(|piece| {
                // Some rows may have inputs before the output and some not: the end is the same.
                if rows {
                    last_columns(piece)
                } else {
                    leaves(piece, side.piece_encoding)
                }
            })
            .collect()
    }

    pub(super) fn records<'e>(&self, events: impl Iterator<Item = &'e Event>) -> Records {
        let mut records = Records::default();
        for event in events {
            let label = self.label(event);
            let values = label.map_or(Vec::new(), |label| {
                label_data::values(label, Some(event.records()), self.attribute)
            });
            for (index, leaves) in self.outputs(event).into_iter().enumerate() {
                records.joined |= leaves
                    .first()
                    .is_some_and(|(path, _)| path.starts_with('-'));
                records.outputs.add(&leaves);
                if let Some(Some(label)) = values.get(index) {
                    let label = label.clone();
                    records.pairs.push(Pair { leaves, label });
                }
            }
        }
        records
    }

    pub(super) fn guess(&self, records: &Records) -> Guess {
        guess(Evidence {
            outputs: &records.outputs,
            joined: records.joined,
            labels: self.labels,
            pairs: &records.pairs,
        })
    }
}

/// A change of payloads: from this hour on the later attributes hold.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) from: Hour,
}

/// Places that are one model.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// Numbers of the places.
    pub(super) places: BTreeSet<usize>,
    /// Selectors that the places have in common.
    paths: BTreeSet<String>,
    pub(super) change: Option<Change>,
}

/// Puts the places of a source into groups. Those whose keys cross are apart: the join is per model.
pub(super) async fn group(
    ground: &Ground<'_>,
    places: &[Place],
    samples: &mut [Sample],
    sampler: &Sampler<'_>,
    crossings: &[Crossing],
) -> Result<Vec<Group>, EngineError> {
    let crosses = |one: usize, two: usize| crossings.iter().any(|c| c.other(one) == Some(two));
    let mut groups: Vec<Group> = Vec::new();
    let mut order: Vec<usize> = (0..samples.len()).collect();
    // Those with the most records speak first.
    order.sort_by_key(|index| std::cmp::Reverse(samples.get(*index).map_or(0, |s| s.events.len())));
    for number in order {
        let (Some(place), Some(sample)) = (places.get(number), samples.get_mut(number)) else {
            continue;
        };
        let records = ground.records(sample.events.iter());
        let found = ground.guess(&records);
        let change = find_change(ground, place, sample, &found, sampler).await?;
        let paths: BTreeSet<String> = found.attributes().into_iter().map(str::to_owned).collect();
        let fits = |group: &&mut Group| {
            let here = |path: &String| records.outputs.reliable().any(|field| field.path == *path);
            change.is_none()
                && group.change.is_none()
                && !group.places.iter().any(|other| crosses(number, *other))
                && paths.is_subset(&group.paths)
                && (group.paths.iter().all(here) || records.outputs.records == 0)
        };
        match groups.iter_mut().find(fits) {
            Some(group) => {
                group.places.insert(number);
            }
            None => groups.push(Group {
                places: BTreeSet::from([number]),
                paths,
                change,
            }),
        }
    }
    let mut groups = selectable(groups, places);
    groups.sort_by_key(|group| group.places.first().copied());
    Ok(groups)
}

/// The same groups, cut by endpoint where lists of endpoints and variants would select a place of another group too.
fn selectable(groups: Vec<Group>, places: &[Place]) -> Vec<Group> {
    let mut cut = Vec::with_capacity(groups.len());
    for group in groups {
        let own = || {
            let numbers = group.places.iter();
            numbers.filter_map(|number| Some((*number, places.get(*number)?)))
        };
        let named = |place: &Place| {
            own().any(|(_, own)| own.endpoint == place.endpoint)
                && own().any(|(_, own)| own.variant == place.variant)
        };
        let mut all = places.iter().enumerate();
        if !all.any(|(number, place)| !group.places.contains(&number) && named(place)) {
            cut.push(group);
            continue;
        }
        let mut parts: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for (number, place) in own() {
            parts.entry(&place.endpoint).or_default().insert(number);
        }
        cut.extend(parts.into_values().map(|places| Group {
            places,
            paths: group.paths.clone(),
            change: group.change.clone(),
        }));
    }
    cut
}

/// The hour from which on the outputs have the attributes of the last sampled hour, where the earlier ones do not.
async fn find_change(
    ground: &Ground<'_>,
    place: &Place,
    sample: &mut Sample,
    found: &Guess,
    sampler: &Sampler<'_>,
) -> Result<Option<Change>, EngineError> {
    let mut hours: BTreeMap<Hour, Records> = BTreeMap::new();
    for event in &sample.events {
        hours.entry(event.hour).or_default();
    }
    for (hour, records) in &mut hours {
        *records = ground.records(sample.events.iter().filter(|event| event.hour == *hour));
    }
    let Some((_, last)) = hours.iter().next_back() else {
        return Ok(None);
    };
    let late = ground.guess(last);
    let late: Vec<String> = late.attributes().into_iter().map(str::to_owned).collect();
    let known = found.attributes();
    if late.is_empty() || late.iter().all(|path| known.contains(&path.as_str())) {
        return Ok(None);
    }
    let is_late = |records: &Records| {
        let has = |path: &String| records.outputs.reliable().any(|field| field.path == *path);
        late.iter().all(has)
    };
    let flags: Vec<(Hour, bool)> = hours
        .iter()
        .filter(|(_, records)| records.outputs.records > 0)
        .map(|(hour, records)| (*hour, is_late(records)))
        .collect();
    let first_late = flags
        .iter()
        .rposition(|(_, late)| !late)
        .map_or(0, |last| last + 1);
    // A clean change: no earlier hour is like the later ones.
    let clean = first_late > 0 && flags.iter().take(first_late).all(|(_, late)| !late);
    let (Some((before, _)), Some((after, _)), true) = (
        flags.get(first_late.wrapping_sub(1)),
        flags.get(first_late),
        clean,
    ) else {
        return Ok(None);
    };
    let (before, mut after) = (*before, *after);
    let mut between: Vec<Hour> = place
        .hours
        .range(before.plus(1)..after)
        .map(|(hour, _)| *hour)
        .collect();
    while !between.is_empty() {
        let middle = between.len() / 2;
        let Some(hour) = between.get(middle).copied() else {
            break;
        };
        let mut more = Sample::default();
        sampler.hour(place.inputs(hour), OF_HOUR, &mut more).await?;
        let records = ground.records(more.events.iter());
        sample.events.append(&mut more.events);
        if records.outputs.records > 0 && is_late(&records) {
            after = hour;
            between.truncate(middle);
        } else {
            between.drain(..=middle);
        }
    }
    sample
        .events
        .sort_by(|a, b| (a.hour, &a.file, a.position).cmp(&(b.hour, &b.file, b.position)));
    Ok(Some(Change { from: after }))
}

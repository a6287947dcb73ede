//! One `[[model]]`: what was found about it, and its settings with the reason for each.

use std::collections::BTreeMap;

use super::crossing::Crossing;
use super::examples::{examples, format_of};
use super::field_findings;
use super::fields::Profile;
use super::findings::{
    Counted, LabelFindings, MappingFindings, MatchFindings, ModelFindings, PlaceFindings, Proposal,
    SourceFindings,
};
use super::groups::{Ground, Group};
use super::guess::Guess;
use super::ids::Labels;
use super::join::join_settings;
use super::label_data::counted;
use super::label_fields::ChosenField;
use super::places::Place;
use super::rejects::{Grain, Judged, Tally};
use super::sample::{Event, Sample, Side};
use super::source::{LabelSource, Source};

/// Fields that the report lists.
const FIELDS: usize = 24;
/// Other places with the same keys that it names.
const CROSSINGS: usize = 4;

/// Everything that is known about the places of a group.
pub(super) struct Facts<'a> {
    pub(super) source: &'a Source,
    pub(super) labels: Option<&'a LabelSource>,
    pub(super) ground: &'a Ground<'a>,
    pub(super) group: &'a Group,
    /// The group is all of the source.
    pub(super) alone: bool,
    pub(super) samples: &'a [Sample],
    pub(super) attribute: Option<&'a Proposal>,
    pub(super) matching: Option<MatchFindings>,
    /// Labels that name a prediction by `eventId`, and all of them.
    pub(super) default: (u64, u64),
    /// The field that the labels are read by, where it is not `eventId`.
    pub(super) label_field: Option<&'a ChosenField>,
    pub(super) label_ids: &'a Labels,
    /// Of what was read for ids, by number of place.
    pub(super) tallies: &'a BTreeMap<usize, Tally>,
    pub(super) crossings: &'a [Crossing],
}

impl Facts<'_> {
    /// The findings of the group, and what of its records cannot be used.
    pub(super) fn findings(mut self) -> (ModelFindings, Judged) {
        let samples: Vec<&Sample> = self
            .group
            .places
            .iter()
            .filter_map(|place| self.samples.get(*place))
            .collect();
        let events: Vec<&Event> = samples.iter().flat_map(|sample| &sample.events).collect();
        let mut notes = Vec::new();
        let (mut settings, mappings, fields) = self.values(&events, &mut notes);
        if let (Some(attribute), false) = (self.attribute, settings.is_empty()) {
            settings.push(attribute.clone());
        }
        let mut matching = self.matching.take();
        if let Some(matching) = &mut matching {
            let found = join_settings(
                matching,
                &events,
                self.default,
                self.label_field,
                self.label_ids,
            );
            settings.extend(found.settings);
            notes.extend(found.notes);
        }
        let own_ids = settings.iter().any(|setting| setting.key == "id_attribute");
        let judged = self.judged(own_ids);
        notes.splice(0..0, judged.note());
        notes.extend(self.crossing_notes());
        let records = || events.iter().map(|event| event.records() as u64);
        let (endpoints, variants) = self.selection();
        let findings = ModelFindings {
            name: self.name(),
            kind: self.source.kind,
            uri: self.source.uri.clone(),
            map: self.source.map.clone(),
            transform_hour: self.source.transform_hour.map(|hour| hour.to_string()),
            endpoints,
            variants,
            labels: self.labels.map(|labels| labels.uri.clone()),
            sampled: events.len() as u64,
            rejected: judged.rejected,
            records_per_event: (records().min().unwrap_or(0), records().max().unwrap_or(0)),
            inputs: formats(events.iter().filter_map(|event| event.input.as_ref())),
            outputs: formats(events.iter().filter_map(|event| event.output.as_ref())),
            fields,
            examples: examples(&events, self.ground),
            matching,
            settings,
            mappings,
            notes,
        };
        (findings, judged)
    }

    /// With which places of other models the group has keys in common.
    fn crossing_notes(&self) -> Vec<String> {
        let own = |number: &usize| self.group.places.contains(number);
        let name = |number: usize| {
            let place = self.source.places.get(number);
            place.map_or_else(String::new, |p| format!("{}/{}", p.endpoint, p.variant))
        };
        let found = self.crossings.iter().filter_map(|crossing| {
            let (one, two) = crossing.places;
            let (here, there) = if own(&one) { (one, two) } else { (two, one) };
            (own(&here) && !own(&there)).then(|| {
                format!(
                    "{} of the keys that were read are of {} and of {}, for example `{}`: these are models of their own, \
                     because labels are joined per model. Both have the same labels here; where a key means something \
                     else in each, give each its own `labels`",
                    crossing.keys,
                    name(here),
                    name(there),
                    crossing.example
                )
            })
        });
        found.take(CROSSINGS).collect()
    }

    /// What of the group's records cannot be used, by hours as the merge judges it.
    fn judged(&self, own_ids: bool) -> Judged {
        let what = match (self.source.is_transforms(), self.alone) {
            (true, _) => "transform records".to_owned(),
            (false, true) => "captures".to_owned(),
            (false, false) => format!("captures of {}", self.name()),
        };
        let places = self.group.places.iter();
        let of_places = places.filter_map(|number| {
            let (place, sample) = (self.source.places.get(*number)?, self.samples.get(*number)?);
            let tally = match (&sample.without_ids, self.tallies.get(number)) {
                // Without ids of SageMaker's a record is a reject, unless its id is found in its payload.
                (Some(without_ids), _) if !own_ids => without_ids.clone(),
                (_, Some(of_ids)) => sample.tally.clone().with(of_ids),
                (_, None) => sample.tally.clone(),
            };
            Some(tally.judge(place, Grain::Hours))
        });
        let start = Judged {
            what,
            ..Judged::default()
        };
        of_places.fold(start, Judged::and)
    }

    /// Problem type and attributes, and what changes from an hour on.
    fn values(
        &self,
        events: &[&Event],
        notes: &mut Vec<String>,
    ) -> (
        Vec<Proposal>,
        Vec<MappingFindings>,
        Vec<super::findings::FieldFindings>,
    ) {
        let records = self.ground.records(events.iter().copied());
        let profiles = records.outputs.fields.iter();
        let fields = |profiles: &mut dyn Iterator<Item = &Profile>| {
            profiles
                .map(|profile| field_findings(profile, records.outputs.records))
                .collect()
        };
        // Of a wide row the end, where the output is.
        let skipped = records.outputs.fields.len().saturating_sub(FIELDS);
        let fields = fields(&mut profiles.skip(skipped));
        let Some(change) = &self.group.change else {
            let guess = self.ground.guess(&records);
            notes.extend(guess.notes);
            return (guess.settings, Vec::new(), fields);
        };
        let of = |late: bool| {
            let chosen = events
                .iter()
                .filter(|event| (event.hour >= change.from) == late);
            let guess = self.ground.guess(&self.ground.records(chosen.copied()));
            (
                guess,
                events
                    .iter()
                    .find(|event| (event.hour >= change.from) == late),
            )
        };
        let ((early, _), (late, example)) = (of(false), of(true));
        notes.extend(early.notes.iter().chain(&late.notes).cloned());
        let why = match example.and_then(|event| event.output.as_ref()) {
            Some(side) => format!("the output is {} from this hour on", format_of(side)),
            None => "the output changed at this hour".to_owned(),
        };
        let mapping = MappingFindings {
            from: change.from.to_string(),
            why,
            settings: differing(&early, &late),
        };
        (early.settings, vec![mapping], fields)
    }

    /// Endpoints and variants to name; empty is all.
    fn selection(&self) -> (Vec<String>, Vec<String>) {
        if self.alone {
            return (self.source.endpoints.clone(), self.source.variants.clone());
        }
        let is_own = |number: usize| self.group.places.contains(&number);
        let places = || self.source.places.iter().enumerate();
        let unique = |name: fn(&Place) -> &String| {
            let own = places().filter(|(number, _)| is_own(*number));
            let mut names: Vec<String> = own.map(|(_, place)| name(place).clone()).collect();
            names.sort();
            names.dedup();
            names
        };
        let endpoints = unique(|place| &place.endpoint);
        // An endpoint that lies in two groups is told apart by variant.
        let shared =
            places().any(|(number, place)| !is_own(number) && endpoints.contains(&place.endpoint));
        let variants = if shared {
            unique(|place| &place.variant)
        } else {
            self.source.variants.clone()
        };
        (endpoints, variants)
    }

    /// A name for paths and reports.
    fn name(&self) -> String {
        if self.source.is_transforms() {
            let folder = self.source.uri.trim_end_matches('/').rsplit('/').next();
            let named = folder.filter(|folder| is_name(folder));
            return named.unwrap_or("transforms").to_owned();
        }
        let own = self
            .group
            .places
            .iter()
            .filter_map(|number| self.source.places.get(*number));
        let mut endpoints: Vec<&str> = own.map(|place| place.endpoint.as_str()).collect();
        endpoints.dedup();
        let Some((first, others)) = endpoints.split_first() else {
            return "captures".to_owned();
        };
        if others.is_empty() {
            // An endpoint whose variants are several models.
            let (_, variants) = self.selection();
            return match variants.as_slice() {
                [variant] if !self.alone => format!("{first}-{variant}"),
                _ => (*first).to_owned(),
            };
        }
        let shared = first
            .char_indices()
            .map(|(at, c)| at + c.len_utf8())
            .take_while(|end| {
                let head = first.get(..*end).unwrap_or_default();
                others.iter().all(|other| other.starts_with(head))
            })
            .last()
            .and_then(|end| first.get(..end))
            .unwrap_or_default()
            .trim_end_matches(['-', '_', '.'])
            .to_owned();
        if shared.len() >= 3 {
            shared
        } else {
            "captures".to_owned()
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 63
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

/// The later settings that are not the earlier ones.
fn differing(early: &Guess, late: &Guess) -> Vec<Proposal> {
    let same = |proposal: &Proposal| {
        let mut earlier = early.settings.iter();
        earlier.any(|other| other.key == proposal.key && other.value == proposal.value)
    };
    let is_attribute = |proposal: &&Proposal| proposal.key.ends_with("_attribute");
    // What a mapping does not say it inherits.
    let gone = early.settings.iter().filter(is_attribute).filter(|old| {
        let mut later = late.settings.iter();
        !later.any(|proposal| proposal.key == old.key)
    });
    let gone: Vec<Proposal> = gone
        .map(|old| Proposal::new(old.key, "", "later outputs have none"))
        .collect();
    let changed = late
        .settings
        .iter()
        .filter(is_attribute)
        .filter(|new| !same(new));
    changed.cloned().chain(gone).collect()
}

/// Encodings and content types with their counts.
fn formats<'e>(sides: impl Iterator<Item = &'e Side>) -> Vec<Counted> {
    counted(sides.map(format_of))
}

/// What the report says of captures or transforms.
pub(super) fn source_findings(source: &Source) -> SourceFindings {
    SourceFindings {
        kind: source.kind,
        uri: source.uri.clone(),
        places: source.places.iter().map(place_findings).collect(),
        notes: source.notes.clone(),
    }
}

fn place_findings(place: &Place) -> PlaceFindings {
    PlaceFindings {
        endpoint: place.endpoint.clone(),
        variant: place.variant.clone(),
        first_hour: place.first.to_string(),
        last_hour: place.last.to_string(),
        hours: place.hours.len() as u64,
        files: place.files(),
        bytes: place.bytes(),
        at_least: place.cut,
        counted: place.counted.clone(),
    }
}

/// What was seen in the labels.
pub(super) struct OfLabels {
    pub(super) sampled: u64,
    pub(super) encodings: Vec<Counted>,
    pub(super) values: Profile,
    pub(super) judged: Judged,
}

/// What the report says of the labels.
pub(super) fn label_findings(source: &LabelSource, seen: OfLabels) -> LabelFindings {
    let place = place_findings(&source.place);
    LabelFindings {
        uri: source.uri.clone(),
        first_hour: place.first_hour,
        last_hour: place.last_hour,
        hours: place.hours,
        files: place.files,
        bytes: place.bytes,
        at_least: place.at_least,
        counted: place.counted,
        sampled: seen.sampled,
        rejected: seen.judged.rejected,
        encodings: seen.encodings,
        values: (seen.values.present > 0)
            .then(|| field_findings(&seen.values, seen.values.present)),
        notes: source
            .notes
            .iter()
            .cloned()
            .chain(seen.judged.note())
            .collect(),
    }
}

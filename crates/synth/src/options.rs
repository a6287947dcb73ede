use std::ops::{Range, RangeInclusive};

use crate::error::SynthError;
use crate::hour::Hour;
use crate::plant::{HORIZON, LEAD, NEIGHBOUR};

/// What the predictions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Data capture of endpoints (formats.md 1).
    Endpoint,
    /// Batch transform, CSV output (formats.md 2.2).
    Csv,
    /// Batch transform, one JSON object a file; one id for all records of the file.
    Json,
    /// Batch transform, JSON Lines output.
    Jsonl,
}

/// How files are compressed. Transform outputs never are, because SageMaker writes them plain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compress {
    /// Plain text.
    None,
    /// Captures and labels end in `.gz`.
    Gzip,
}

/// Which member of `eventMetadata` labels have their id in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelIdField {
    /// As SageMaker wants it.
    EventId,
    /// As many labellers write it, whichever id it is.
    InferenceId,
}

impl LabelIdField {
    /// Name of the member.
    pub fn name(self) -> &'static str {
        match self {
            Self::EventId => "eventId",
            Self::InferenceId => "inferenceId",
        }
    }
}

/// The corpus to make. The same options give the same bytes.
#[derive(Clone, Debug)]
pub struct Options {
    /// Good events of all endpoints together: capture lines or transform records.
    pub records: u64,
    /// Hours over which the events are spread evenly.
    pub hours: u32,
    /// Files of an hour: capture files per endpoint, transform outputs, label files.
    pub files_per_hour: u32,
    /// Where all chance comes from.
    pub seed: u64,
    /// What the predictions are.
    pub kind: Kind,
    /// Share of events that get a label.
    pub label_rate: f64,
    /// Share of labels that are collected 1 to `latest` hours after the prediction's hour.
    pub late: f64,
    /// Hours after which a late label arrives at the latest; with `mismatches` at most 72.
    pub latest: u32,
    /// Share of labelled events whose label comes again, the same or changed.
    pub duplicates: f64,
    /// Share of capture lines (transform rows) and of label lines that are bad, at most 0.5.
    pub malformed: f64,
    /// 1: each event holds one record; n: each holds 1 to n.
    pub records_per_event: u32,
    /// Number of endpoints. All see the same inference ids; one label serves them all.
    pub endpoints: u32,
    /// First hour.
    pub start: Hour,
    /// Whether the labels of an hour are in random order over its files.
    pub shuffle: bool,
    /// Also write what readers must bear though few writers do it: other key orders and spacing, CRLF, byte order
    /// marks, blank lines, unknown fields, fractions and offsets in times, BASE64, labels in other forms; about 2 %.
    pub variety: bool,
    /// Compression of captures and labels.
    pub compress: Compress,
    /// Whether to write `truth/`. Costs about 100 bytes of memory per event.
    pub truth: bool,
    /// Features of a record.
    pub payload_columns: u32,
    /// Labels that match nothing, this many for each reason that `kind` allows. The predictions that they miss
    /// come on top of `records`.
    pub mismatches: u64,
    /// Where labels have their id.
    pub label_id_field: LabelIdField,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            records: 10_000,
            hours: 24,
            files_per_hour: 10,
            seed: 0,
            kind: Kind::Endpoint,
            label_rate: 0.95,
            late: 0.05,
            latest: 72,
            duplicates: 0.01,
            malformed: 0.0,
            records_per_event: 1,
            endpoints: 1,
            start: Hour::DEFAULT,
            shuffle: true,
            variety: false,
            compress: Compress::None,
            truth: true,
            payload_columns: 20,
            mismatches: 0,
            label_id_field: LabelIdField::EventId,
        }
    }
}

impl Options {
    /// Draws whether something unusual happens; never without variety.
    pub(crate) fn unusual(&self, stream: &mut crate::random::Stream, share: f64) -> bool {
        self.variety && stream.chance(share)
    }

    /// Checks every option.
    ///
    /// # Errors
    /// [`SynthError::Option`] for the first that is out of range, or that does not go with `kind`.
    pub fn validate(&self) -> Result<(), SynthError> {
        within("records", self.records, 1..=10_000_000_000, "1 to 10^10")?;
        within("hours", u64::from(self.hours), 1..=87_600, "1 to 87600")?;
        within(
            "files_per_hour",
            u64::from(self.files_per_hour),
            1..=10_000,
            "1 to 10000",
        )?;
        within(
            "records_per_event",
            u64::from(self.records_per_event),
            1..=1_000,
            "1 to 1000",
        )?;
        within(
            "endpoints",
            u64::from(self.endpoints),
            1..=1_000,
            "1 to 1000",
        )?;
        within(
            "payload_columns",
            u64::from(self.payload_columns),
            1..=1_000,
            "1 to 1000",
        )?;
        within("mismatches", self.mismatches, 0..=1_000_000, "0 to 1000000")?;
        share("label_rate", self.label_rate, 1.0, "0 to 1")?;
        share("late", self.late, 1.0, "0 to 1")?;
        let most = if self.plants() { 72 } else { 8760 };
        if !(1..=most).contains(&self.latest) {
            let range = match self.plants() {
                true => "1 to 72 with mismatches",
                false => "1 to 8760",
            };
            return Err(refused("latest", &self.latest, range));
        }
        share("duplicates", self.duplicates, 1.0, "0 to 1")?;
        share("malformed", self.malformed, 0.5, "0 to 0.5")?;
        if self.kind != Kind::Endpoint && self.endpoints != 1 {
            return Err(refused(
                "endpoints",
                &self.endpoints,
                "1 for batch transforms",
            ));
        }
        if self.kind == Kind::Csv && self.records_per_event != 1 {
            return Err(refused(
                "records_per_event",
                &self.records_per_event,
                "1 for CSV transforms, where a row is a record",
            ));
        }
        Ok(())
    }

    /// Events of one endpoint in one hour, both counted from 0. An event has the same hour in every endpoint.
    pub(crate) fn events(&self, endpoint: u32, hour: u32) -> Range<u64> {
        let here = self.events_of_endpoint(endpoint);
        let Range { start, end } = self.events_of_hour(hour);
        start.min(here)..end.min(here)
    }

    /// Events of one hour, of whichever endpoint.
    pub(crate) fn events_of_hour(&self, hour: u32) -> Range<u64> {
        let most = u128::from(self.events_of_endpoint(0));
        let hours = u128::from(self.hours.max(1));
        let from = most * u128::from(hour) / hours;
        let to = most * (u128::from(hour) + 1) / hours;
        from as u64..to as u64
    }

    /// Events of one endpoint; the first endpoints take the remainder.
    pub(crate) fn events_of_endpoint(&self, endpoint: u32) -> u64 {
        let endpoints = u64::from(self.endpoints.max(1));
        let remainder = self.records % endpoints;
        self.records / endpoints + u64::from(u64::from(endpoint) < remainder)
    }

    /// Whether an endpoint speaks JSON. Only multi-record corpora do, at every second endpoint.
    pub(crate) fn speaks_json(&self, endpoint: u32) -> bool {
        match self.kind {
            Kind::Endpoint => self.records_per_event > 1 && endpoint % 2 == 1,
            Kind::Csv => false,
            Kind::Json | Kind::Jsonl => true,
        }
    }

    /// Which of [`Options::models`] an endpoint belongs to: one selector cannot read CSV and JSON.
    pub(crate) fn model(&self, endpoint: u32) -> usize {
        usize::from(self.kind == Kind::Endpoint && self.speaks_json(endpoint))
    }

    /// Names of the models in `groundline.toml`.
    pub(crate) fn models(&self) -> &'static [&'static str] {
        let two = self.kind == Kind::Endpoint && self.records_per_event > 1 && self.endpoints > 1;
        match (two, self.plants()) {
            (false, false) => &["synth"],
            (true, false) => &["synth", "synth-json"],
            (false, true) => &["synth", NEIGHBOUR],
            (true, true) => &["synth", "synth-json", NEIGHBOUR],
        }
    }

    /// Which of [`Options::models`] has predictions and labels of its own, apart from all others.
    pub(crate) fn neighbour(&self) -> Option<usize> {
        self.models().iter().position(|name| *name == NEIGHBOUR)
    }

    /// Hours before a prediction's hour from which its labels may be collected.
    pub(crate) fn label_lead(&self) -> u32 {
        if self.plants() { LEAD } else { 24 }
    }

    /// Hours from a prediction's hour on in which its labels may be collected; none is without end.
    pub(crate) fn label_horizon(&self) -> Option<u32> {
        self.plants().then_some(HORIZON)
    }

    /// Chance that a bad line goes before a good one, so that `malformed` is the share among all lines.
    pub(crate) fn bad_line_chance(&self) -> f64 {
        self.malformed / (1.0 - self.malformed)
    }

    /// `.gz` or nothing.
    pub(crate) fn suffix(&self) -> &'static str {
        match self.compress {
            Compress::None => "",
            Compress::Gzip => ".gz",
        }
    }
}

fn within(
    option: &'static str,
    value: u64,
    accepted: RangeInclusive<u64>,
    expected: &'static str,
) -> Result<(), SynthError> {
    if accepted.contains(&value) {
        Ok(())
    } else {
        Err(refused(option, &value, expected))
    }
}

fn share(
    option: &'static str,
    value: f64,
    most: f64,
    expected: &'static str,
) -> Result<(), SynthError> {
    if (0.0..=most).contains(&value) {
        Ok(())
    } else {
        Err(refused(option, &value, expected))
    }
}

fn refused(option: &'static str, value: &dyn ToString, expected: &'static str) -> SynthError {
    SynthError::Option {
        option,
        value: value.to_string(),
        expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_out_of_range_are_named() {
        let bad = [
            (
                "records",
                Options {
                    records: 0,
                    ..Options::default()
                },
            ),
            (
                "late",
                Options {
                    late: f64::NAN,
                    ..Options::default()
                },
            ),
            (
                "malformed",
                Options {
                    malformed: 0.6,
                    ..Options::default()
                },
            ),
            (
                "endpoints",
                Options {
                    kind: Kind::Csv,
                    endpoints: 2,
                    ..Options::default()
                },
            ),
            (
                "records_per_event",
                Options {
                    kind: Kind::Csv,
                    records_per_event: 3,
                    ..Options::default()
                },
            ),
        ];
        for (name, options) in bad {
            let outcome = options.validate();
            assert!(
                matches!(&outcome, Err(SynthError::Option { option, .. }) if *option == name),
                "{name}: {outcome:?}"
            );
        }
        assert!(Options::default().validate().is_ok());
    }

    #[test]
    fn hours_hold_every_event_once_and_endpoints_share_the_hour() {
        let options = Options {
            records: 1_001,
            hours: 7,
            endpoints: 2,
            ..Options::default()
        };
        let of = |endpoint| -> Vec<u64> {
            (0..7)
                .flat_map(|hour| options.events(endpoint, hour))
                .collect()
        };
        assert_eq!(of(0), (0..501).collect::<Vec<_>>());
        assert_eq!(of(1), (0..500).collect::<Vec<_>>());
    }
}

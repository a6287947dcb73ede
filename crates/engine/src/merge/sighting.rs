//! A prediction that a label came near to.

use groundline_store::Hour;

use super::unmatched_reason::UnmatchedReason;
use crate::tables::Input;

/// A prediction that a label came near to, as it is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sighting<'a> {
    pub(crate) reason: UnmatchedReason,
    /// Of another model.
    pub(crate) model: Option<&'a str>,
    pub(crate) endpoint: &'a str,
    pub(crate) variant: &'a str,
    pub(crate) hour: Hour,
    pub(crate) file: &'a str,
    pub(crate) position: i64,
    /// Of a rejected record.
    pub(crate) line: Option<u64>,
    /// The prediction's own.
    pub(crate) key: &'a str,
}

impl<'a> Sighting<'a> {
    /// Of the prediction `key` at `position` of `file`, in the hour of an endpoint variant.
    pub(crate) fn new(
        reason: UnmatchedReason,
        (endpoint, variant): (&'a str, &'a str),
        hour: Hour,
        file: &'a str,
        position: i64,
        key: &'a str,
    ) -> Self {
        Self {
            reason,
            model: None,
            endpoint,
            variant,
            hour,
            file,
            position,
            line: None,
            key,
        }
    }

    /// Of a prediction in an object.
    pub(crate) fn in_input(
        reason: UnmatchedReason,
        input: &'a Input,
        position: i64,
        key: &'a str,
    ) -> Self {
        let place = (input.endpoint.as_str(), input.variant.as_str());
        Self::new(reason, place, input.hour, &input.object.key, position, key)
    }

    /// The same, of another model.
    pub(crate) fn of_model(self, model: Option<&'a str>) -> Self {
        Self { model, ..self }
    }

    /// The same, of a rejected record.
    pub(crate) fn on_line(self, line: u64) -> Self {
        Self {
            line: Some(line),
            ..self
        }
    }
}

/// The nearest prediction of a label: the first in order of those that its reason is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Near {
    pub(crate) reason: UnmatchedReason,
    pub(crate) model: Option<String>,
    pub(crate) endpoint: String,
    pub(crate) variant: String,
    pub(crate) hour: Hour,
    pub(crate) file: String,
    pub(crate) position: i64,
    pub(crate) line: Option<u64>,
    pub(crate) key: String,
}

impl Near {
    pub(crate) fn as_sighting(&self) -> Sighting<'_> {
        Sighting {
            reason: self.reason,
            model: self.model.as_deref(),
            endpoint: &self.endpoint,
            variant: &self.variant,
            hour: self.hour,
            file: &self.file,
            position: self.position,
            line: self.line,
            key: &self.key,
        }
    }
}

impl From<&Sighting<'_>> for Near {
    fn from(sighting: &Sighting<'_>) -> Self {
        Self {
            reason: sighting.reason,
            model: sighting.model.map(str::to_owned),
            endpoint: sighting.endpoint.to_owned(),
            variant: sighting.variant.to_owned(),
            hour: sighting.hour,
            file: sighting.file.to_owned(),
            position: sighting.position,
            line: sighting.line,
            key: sighting.key.to_owned(),
        }
    }
}

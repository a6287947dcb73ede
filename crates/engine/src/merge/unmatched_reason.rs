//! Why a label found no prediction, and the prediction that it came nearest to.

use groundline_store::Hour;

/// The reasons, the one that says the most first: a label has the first that applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum UnmatchedReason {
    RecordCountDiffers,
    OutsideLabelWindow,
    PredictionFiltered,
    PredictionRejected,
    EventIdGiven,
    SpelledDifferently,
    OtherEndpoint,
    OtherModel,
    UnknownId,
}

impl UnmatchedReason {
    const ALL: [Self; 9] = [
        Self::RecordCountDiffers,
        Self::OutsideLabelWindow,
        Self::PredictionFiltered,
        Self::PredictionRejected,
        Self::EventIdGiven,
        Self::SpelledDifferently,
        Self::OtherEndpoint,
        Self::OtherModel,
        Self::UnknownId,
    ];

    /// The word in `unmatched_labels` and reports.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::RecordCountDiffers => "record_count_differs",
            Self::OutsideLabelWindow => "outside_label_window",
            Self::PredictionFiltered => "prediction_filtered",
            Self::PredictionRejected => "prediction_rejected",
            Self::EventIdGiven => "event_id_given",
            Self::SpelledDifferently => "spelled_differently",
            Self::OtherEndpoint => "other_endpoint",
            Self::OtherModel => "other_model",
            Self::UnknownId => "unknown_id",
        }
    }

    /// The reason of a word; what is not in the list says nothing.
    pub(crate) fn parse(word: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|reason| reason.as_str() == word)
            .unwrap_or(Self::UnknownId)
    }

    /// Rank of the statements of `sql/merge/`.
    pub(crate) fn rank(self) -> i64 {
        Self::ALL
            .iter()
            .position(|reason| *reason == self)
            .and_then(|rank| i64::try_from(rank).ok())
            .unwrap_or(i64::MAX)
    }

    /// What to do about it.
    pub(crate) fn hint(self) -> &'static str {
        match self {
            Self::RecordCountDiffers => {
                "give as many labels as the prediction has records, in the same order; --label-layout says how they lie"
            }
            Self::OutsideLabelWindow => {
                "collected too early or too late for its prediction: widen --label-lead or --label-horizon"
            }
            Self::PredictionFiltered => {
                "the model's `where` leaves its prediction out: that is as asked, or the condition is too narrow"
            }
            Self::PredictionRejected => {
                "its prediction could not be read: mend that line, and the label will find it"
            }
            Self::EventIdGiven => {
                "the label gives the eventId of a capture that has an inferenceId: label by inferenceId, or match by both with --match either"
            }
            Self::SpelledDifferently => {
                "the ids differ in case, blanks or quotes: write the label's id as the capture has it"
            }
            Self::OtherEndpoint => {
                "its prediction is of an endpoint or variant that --endpoint, --variant leave out: select it, or give that endpoint its own labels"
            }
            Self::OtherModel => {
                "its prediction is of another model: move the label to that model's labels, or let the models share them"
            }
            Self::UnknownId => {
                "no prediction of the run has this id: if its hour is not in the run, widen --from and --to; else compare eventId in the labels with inferenceId and eventId in the captures (`groundline explain-id`)"
            }
        }
    }
}

/// The words of the reasons, the one that says the most first.
pub fn unmatched_reasons() -> impl Iterator<Item = &'static str> {
    UnmatchedReason::ALL
        .into_iter()
        .map(UnmatchedReason::as_str)
}

/// What to do about labels that match nothing for a reason.
pub fn unmatched_fix(reason: &str) -> &'static str {
    UnmatchedReason::parse(reason).hint()
}

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

#[cfg(test)]
mod tests {
    use super::UnmatchedReason;

    #[test]
    fn every_reason_has_its_word_its_rank_and_a_fix() {
        for (rank, reason) in (0_i64..).zip(UnmatchedReason::ALL) {
            assert_eq!(UnmatchedReason::parse(reason.as_str()), reason);
            assert_eq!(reason.rank(), rank);
            assert!(!reason.hint().is_empty());
        }
    }
}

//! Why a label found no prediction.

/// The reasons, the one that says the most first: a label has the first that applies.
///
/// The order of the variants is that order everywhere in the program. Statements cannot see it: `sql/merge/` has its
/// numbers ([`UnmatchedReason::rank`]) in `label_status.sql` and `sightings.sql`, and a test holds them together.
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
    pub(crate) const ALL: [Self; 9] = [
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use std::collections::BTreeMap;

    use super::UnmatchedReason;
    use crate::catalog::shipped_statements;

    #[test]
    fn every_reason_has_its_word_its_rank_and_a_fix() {
        for (rank, reason) in (0_i64..).zip(UnmatchedReason::ALL) {
            assert_eq!(UnmatchedReason::parse(reason.as_str()), reason);
            assert_eq!(reason.rank(), rank);
            assert!(!reason.hint().is_empty());
        }
    }

    /// The literals of `literal AS name`, or of `CASE WHEN condition THEN literal ELSE literal END AS name`.
    fn literals(line: &str, name: &str) -> Vec<String> {
        let expression = line.trim().strip_suffix(&format!(" AS {name},"));
        let words = expression.unwrap_or_default().split_whitespace();
        let literals = words.filter(|word| word.starts_with('\'') || word.parse::<i64>().is_ok());
        literals
            .map(|word| word.trim_matches('\'').to_owned())
            .collect()
    }

    #[test]
    fn the_statements_rank_the_reasons_as_the_enum_does() {
        let mut ranked = BTreeMap::new();
        for name in ["merge/label_status", "merge/sightings"] {
            let mut shipped = shipped_statements().iter();
            let (_, text) = shipped.find(|(known, _)| *known == name).unwrap();
            let lines: Vec<&str> = text.lines().collect();
            // A rank stands before its reason.
            for pair in lines.windows(2) {
                let ranks = literals(pair[0], "rank");
                let reasons = literals(pair[1], "reason");
                if ranks.is_empty() {
                    continue;
                }
                assert_eq!(ranks.len(), reasons.len(), "{name}: {pair:?}");
                for (rank, reason) in ranks.iter().zip(reasons) {
                    let again = ranked.insert(rank.parse::<i64>().unwrap(), reason);
                    assert_eq!(again, None, "{name}: two reasons of rank {rank}");
                }
            }
        }
        // `elsewhere` brings its own ranks, and a label without any is of an unknown id.
        let brought = [
            UnmatchedReason::OtherEndpoint,
            UnmatchedReason::OtherModel,
            UnmatchedReason::UnknownId,
        ];
        let expected = UnmatchedReason::ALL.into_iter();
        let expected = expected.filter(|reason| !brought.contains(reason));
        let expected = expected.map(|reason| (reason.rank(), reason.as_str().to_owned()));
        assert_eq!(ranked, expected.collect());
    }
}

//! How many labels find a prediction, for each way of matching.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use groundline_store::Hour;

use super::findings::{MatchFindings, NearMiss, WayFindings};
use super::ids::{Labels, PredictionId, Predictions};
use crate::normal_key::{normal_key, spelling};

/// Unmatched labels that are compared with folded ids.
const FOLDED: usize = 20_000;

/// Which hours tell honestly how many labels have a prediction.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// All ids of both sides were read.
    pub(super) whole: bool,
    /// Label hours whose predictions were read; empty is all.
    pub(super) label_hours: BTreeSet<Hour>,
    /// Prediction hours whose labels were read; empty is all.
    pub(super) prediction_hours: BTreeSet<Hour>,
}

/// Counts the matches of the predictions of some places.
pub(super) fn count(
    predictions: &Predictions,
    labels: &Labels,
    places: &BTreeSet<usize>,
    scope: &Scope,
) -> MatchFindings {
    let own = || {
        let ids = predictions.ids.iter();
        ids.filter(|id| places.contains(&id.place))
    };
    let in_scope = |hours: &BTreeSet<Hour>, hour| hours.is_empty() || hours.contains(&hour);
    let keys: HashSet<&str> = own().filter_map(PredictionId::key).collect();
    let either: HashSet<&str> = own()
        .flat_map(|id| [id.inference_id.as_deref(), id.event_id.as_deref()])
        .flatten()
        .collect();
    let label_keys: HashSet<&str> = labels.ids.iter().map(|label| label.key.as_ref()).collect();

    let mut ways = Vec::new();
    for (setting, ids) in [("coalesce", &keys), ("either", &either)] {
        let counted = || {
            let ids = labels.ids.iter();
            ids.filter(|label| in_scope(&scope.label_hours, label.hour))
        };
        let seen = || own().filter(|id| in_scope(&scope.prediction_hours, id.hour));
        let has_label = |id: &&PredictionId| match setting {
            "coalesce" => id.key().is_some_and(|key| label_keys.contains(key)),
            _ => [id.inference_id.as_deref(), id.event_id.as_deref()]
                .into_iter()
                .flatten()
                .any(|key| label_keys.contains(key)),
        };
        ways.push(WayFindings {
            setting: format!("match = \"{setting}\""),
            labels: counted().count() as u64,
            labels_matched: counted()
                .filter(|label| ids.contains(label.key.as_ref()))
                .count() as u64,
            predictions: seen().count() as u64,
            predictions_matched: seen().filter(has_label).count() as u64,
        });
    }
    let matched = |index: usize| ways.get(index).map_or(0, |way| way.labels_matched);
    let all = ways.first().map_or(0, |way| way.labels);
    // The default unless the other finds clearly more.
    let chosen = usize::from(matched(1) > matched(0) + all / 100);
    let ids = if chosen == 1 { &either } else { &keys };
    MatchFindings {
        whole: scope.whole,
        predictions_cut: predictions.read.cut,
        prediction_hours: predictions.read.hours.len() as u64,
        label_hours: labels.read.hours.len() as u64,
        delay: delay(predictions, labels, places, chosen == 1),
        near_misses: near_misses(predictions, labels, places, ids, &either),
        chosen,
        ways,
    }
}

/// Least, median and most hours from a prediction to its label.
pub(super) fn delay(
    predictions: &Predictions,
    labels: &Labels,
    places: &BTreeSet<usize>,
    either: bool,
) -> Option<(i64, i64, i64)> {
    let mut hours: HashMap<&str, (Hour, Hour)> = HashMap::new();
    for id in predictions
        .ids
        .iter()
        .filter(|id| places.contains(&id.place))
    {
        let other = id.event_id.as_deref().filter(|_| either);
        for key in [id.key(), other].into_iter().flatten() {
            let span = hours.entry(key).or_insert((id.hour, id.hour));
            *span = (span.0.min(id.hour), span.1.max(id.hour));
        }
    }
    let mut delays: Vec<i64> = labels
        .ids
        .iter()
        .filter_map(|label| {
            let (first, last) = hours.get(label.key.as_ref())?;
            // Of a repeated key, the prediction that is nearest before the label, else the first after it.
            Some(if label.hour >= *last {
                label.hour.since(*last)
            } else {
                label.hour.since(*first).min(0)
            })
        })
        .collect();
    delays.sort_unstable();
    let median = *delays.get(delays.len() / 2)?;
    Some((*delays.first()?, median, *delays.last()?))
}

/// Unmatched labels whose id is one of another place, or differs only in how it is written.
fn near_misses(
    predictions: &Predictions,
    labels: &Labels,
    places: &BTreeSet<usize>,
    matched: &HashSet<&str>,
    either: &HashSet<&str>,
) -> Vec<NearMiss> {
    let elsewhere: HashSet<&str> = predictions
        .ids
        .iter()
        .filter(|id| !places.contains(&id.place))
        .flat_map(|id| [id.inference_id.as_deref(), id.event_id.as_deref()])
        .flatten()
        .collect();
    let mut folded: HashMap<Cow<'_, str>, &str> = HashMap::new();
    let unmatched: Vec<&str> = labels
        .ids
        .iter()
        .map(|label| label.key.as_ref())
        .filter(|key| !matched.contains(key))
        .take(FOLDED)
        .collect();
    if unmatched.is_empty() {
        return Vec::new();
    }
    for id in either {
        let entry = folded.entry(normal_key(id)).or_insert(id);
        // Whatever the order of a hash set, the same example.
        if id < entry {
            *entry = id;
        }
    }
    let mut found: BTreeMap<String, NearMiss> = BTreeMap::new();
    for key in unmatched {
        let (what, prediction) = if elsewhere.contains(key) {
            ("the id is one of another endpoint".to_owned(), key)
        } else if either.contains(key) {
            continue;
        } else if let Some(near) = folded.get(&normal_key(key)) {
            (format!("the id differs {}", spelling(key, near)), *near)
        } else {
            continue;
        };
        let miss = found.entry(what.clone()).or_insert_with(|| NearMiss {
            what,
            label: key.to_owned(),
            prediction: prediction.to_owned(),
            count: 0,
        });
        miss.count += 1;
    }
    found.into_values().collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;
    use crate::init::ids::LabelId;

    fn predictions(ids: &[(i64, usize, &str, &str)]) -> Predictions {
        let text = |id: &str| (!id.is_empty()).then(|| id.into());
        Predictions {
            ids: ids
                .iter()
                .map(|(hour, place, event, inference)| PredictionId {
                    hour: Hour::from_micros(0).plus(*hour),
                    place: *place,
                    event_id: text(event),
                    inference_id: text(inference),
                })
                .collect(),
            ..Predictions::default()
        }
    }

    fn labels(ids: &[(i64, &str)]) -> Labels {
        Labels {
            ids: ids
                .iter()
                .map(|(hour, key)| LabelId {
                    hour: Hour::from_micros(0).plus(*hour),
                    key: (*key).into(),
                })
                .collect(),
            ..Labels::default()
        }
    }

    fn found(predictions: &Predictions, labels: &Labels) -> MatchFindings {
        let scope = Scope::default();
        count(predictions, labels, &BTreeSet::from([0]), &scope)
    }

    #[test]
    fn the_default_way_is_kept_when_the_other_finds_no_more() {
        let found = found(
            &predictions(&[(0, 0, "e1", "i1"), (0, 0, "e2", "")]),
            &labels(&[(1, "i1"), (1, "e2")]),
        );
        assert_eq!((found.chosen, found.ways[0].labels_matched), (0, 2));
        assert_eq!(found.ways[0].predictions_matched, 2);
    }

    #[test]
    fn labels_that_name_event_ids_where_captures_have_inference_ids_choose_either() {
        let found = found(
            &predictions(&[(0, 0, "e1", "i1"), (0, 0, "e2", "i2")]),
            &labels(&[(1, "i1"), (1, "e2")]),
        );
        assert_eq!(found.chosen, 1);
        let matched: Vec<_> = found.ways.iter().map(|way| way.labels_matched).collect();
        assert_eq!(matched, [1, 2]);
    }

    #[test]
    fn near_misses_name_what_differs() {
        let found = found(
            &predictions(&[(0, 0, "", "Order-1"), (0, 0, "", "b"), (0, 1, "", "x")]),
            &labels(&[(0, "order-1"), (0, " b"), (0, "\"b\""), (0, "x"), (0, "y")]),
        );
        let misses: Vec<_> = found
            .near_misses
            .iter()
            .map(|miss| (miss.what.as_str(), miss.count, miss.prediction.as_str()))
            .collect();
        assert_eq!(
            misses,
            [
                ("the id differs by blanks around it", 1, "b"),
                ("the id differs by case", 1, "Order-1"),
                ("the id differs by quotes around it", 1, "b"),
                ("the id is one of another endpoint", 1, "x"),
            ]
        );
    }

    /// Only what the merge calls *spelled differently* may be announced as such.
    #[test]
    fn ids_that_the_merge_keeps_apart_are_no_near_misses() {
        let found = found(
            &predictions(&[(0, 0, "", "\u{c4}-1"), (0, 0, "", "b"), (0, 0, "", "c")]),
            &labels(&[
                (0, "\u{e4}-1"),
                (0, "\"\"b\"\""),
                (0, "'c\""),
                (0, "\u{a0}c"),
            ]),
        );
        assert!(found.near_misses.is_empty(), "{:?}", found.near_misses);
    }

    #[test]
    fn delays_are_hours_from_the_prediction_to_the_label() {
        let found = found(
            &predictions(&[(50, 0, "a", ""), (60, 0, "b", ""), (70, 0, "c", "")]),
            &labels(&[(52, "a"), (30, "b"), (170, "c")]),
        );
        assert_eq!(found.delay.unwrap(), (-30, 2, 100));
    }
}

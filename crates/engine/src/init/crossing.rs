//! Endpoints and variants whose predictions have the same keys: as one model a label would be given to both.

use std::collections::{BTreeMap, HashMap};

use super::ids::{PredictionId, Predictions};
use super::sample::Sample;

/// Two places and the keys that both have, among those that were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Crossing {
    /// Numbers of the places, the smaller one first.
    pub(super) places: (usize, usize),
    pub(super) keys: u64,
    /// The first of them.
    pub(super) example: String,
}

impl Crossing {
    /// The other place, where `place` is one of the two.
    pub(super) fn other(&self, place: usize) -> Option<usize> {
        match self.places {
            (one, two) if one == place => Some(two),
            (one, two) if two == place => Some(one),
            _ => None,
        }
    }
}

/// Every two places that have a key in common, in order.
pub(super) fn crossings(predictions: &Predictions, samples: &[Sample]) -> Vec<Crossing> {
    let of_ids = predictions
        .ids
        .iter()
        .filter_map(|id: &PredictionId| Some((id.key()?, id.place)));
    let of_samples = samples.iter().enumerate().flat_map(|(place, sample)| {
        let keys = sample.events.iter().filter_map(|event| {
            let own = event.inference_id.as_deref();
            own.or(event.event_id.as_deref())
        });
        keys.map(move |key| (key, place))
    });
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (key, place) in of_ids.chain(of_samples) {
        let known = places.entry(key).or_default();
        if !known.contains(&place) {
            known.push(place);
        }
    }
    let mut found: BTreeMap<(usize, usize), (u64, &str)> = BTreeMap::new();
    for (key, mut places) in places {
        places.sort_unstable();
        for (at, one) in places.iter().enumerate() {
            for two in places.iter().skip(at + 1) {
                let pair = found.entry((*one, *two)).or_insert((0, key));
                // Whatever the order of a hash map, the same example.
                *pair = (pair.0 + 1, pair.1.min(key));
            }
        }
    }
    let found = found.into_iter();
    found
        .map(|(places, (keys, example))| Crossing {
            places,
            keys,
            example: example.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use groundline_store::Hour;

    use super::*;

    #[test]
    fn places_cross_by_their_keys_alone() {
        let id = |place, event: &str, inference: &str| PredictionId {
            hour: Hour::from_micros(0),
            place,
            event_id: Some(event.into()),
            inference_id: (!inference.is_empty()).then(|| inference.into()),
        };
        let predictions = Predictions {
            ids: vec![
                id(0, "e1", "order-2"),
                id(0, "e2", "order-1"),
                id(1, "e3", "order-1"),
                id(1, "e4", "order-2"),
                id(1, "e4", "order-2"),
                // The event id of another is no key where there is an inference id.
                id(2, "e1", "order-9"),
                id(3, "e4", ""),
            ],
            ..Predictions::default()
        };
        let expected = Crossing {
            places: (0, 1),
            keys: 2,
            example: "order-1".to_owned(),
        };
        let others = [0, 1, 2].map(|place| expected.other(place));
        assert_eq!(crossings(&predictions, &[]), [expected]);
        assert_eq!(others, [Some(1), Some(0), None]);
    }
}

//! What is planted so that labels match nothing: one reason each, N of each, spread over the events.
//!
//! Planted lines have chance and ids of their own, so that they stand between the other prediction lines and
//! change none of them.

use std::ops::Range;

use crate::options::{Kind, Options};

/// Why a planted label matches nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Plant {
    /// Collected before the prediction's window, or after it.
    OutsideWindow,
    /// Holds another number of values than the prediction has records.
    RecordCount,
    /// The configured `where` drops the prediction.
    Filtered,
    /// The prediction's line is broken, its ids are not.
    Rejected,
    /// The label gives the event id of a capture that has an inference id.
    EventIdGiven,
    /// The id in capitals, between blanks or in quotes.
    Spelled,
    /// The prediction is of an endpoint that the configuration leaves out.
    OtherEndpoint,
    /// The prediction is of another model of the configuration.
    OtherModel,
    /// There is no prediction.
    Unknown,
}

/// Endpoint below `captures/` that no model of `groundline.toml` names.
pub(crate) const SHADOW: &str = "shadow";

/// Model, endpoint and folder with predictions and labels of its own.
pub(crate) const NEIGHBOUR: &str = "neighbour";

/// Transform jobs whose names begin so are dropped by the configured `where`.
pub(crate) const SMOKE: &str = "smoke";

/// Hours before a prediction's hour from which its labels may come, in a corpus with mismatches: none, because a
/// run reads no label from before the window of its first prediction, and a corpus may have two hours only.
pub(crate) const LEAD: u32 = 0;

/// Hours after a prediction's hour from which its labels come too late, in a corpus with mismatches. Later than
/// any late label and its repeats.
pub(crate) const HORIZON: u32 = 96;

/// Hours after [`HORIZON`] in which a label that comes too late may come.
pub(crate) const TOO_LATE: u32 = 24;

impl Plant {
    const ALL: &[Self] = &[
        Self::OutsideWindow,
        Self::RecordCount,
        Self::Filtered,
        Self::Rejected,
        Self::EventIdGiven,
        Self::Spelled,
        Self::OtherEndpoint,
        Self::OtherModel,
        Self::Unknown,
    ];

    /// Those that a corpus can have.
    pub(crate) fn of(options: &Options) -> impl Iterator<Item = Self> {
        Self::ALL
            .iter()
            .copied()
            .filter(move |plant| plant.is_for(options))
    }

    fn is_for(self, options: &Options) -> bool {
        match self {
            // A run reads only the labels that are in the window of some prediction.
            Self::OutsideWindow => {
                let (first, last) = options.prediction_hours();
                first < last
            }
            // A transform record has one id and no endpoint.
            Self::EventIdGiven | Self::OtherEndpoint => options.kind == Kind::Endpoint,
            _ => true,
        }
    }

    /// Those that stand among an endpoint's other lines, in their order: the broken one stands before a good one.
    pub(crate) fn among_captures(options: &Options) -> impl Iterator<Item = Self> {
        Self::ordered(
            [
                Self::OutsideWindow,
                Self::RecordCount,
                Self::Rejected,
                Self::EventIdGiven,
                Self::Spelled,
                Self::Filtered,
            ],
            options,
        )
    }

    /// Those that stand among a transform's other records, in their order.
    pub(crate) fn among_records(options: &Options) -> impl Iterator<Item = Self> {
        Self::ordered(
            [
                Self::OutsideWindow,
                Self::RecordCount,
                Self::Rejected,
                Self::Spelled,
            ],
            options,
        )
    }

    fn ordered<const N: usize>(plants: [Self; N], options: &Options) -> impl Iterator<Item = Self> {
        plants.into_iter().filter(|plant| plant.is_for(options))
    }

    /// A number where other events have that of their endpoint, far from any.
    pub(crate) fn code(self) -> u32 {
        u32::MAX - self as u32
    }

    /// What the ids of its captures begin with.
    pub(crate) fn prefix(self) -> &'static [u8] {
        match self {
            Self::OutsideWindow => b"untimely-",
            Self::RecordCount => b"uneven-",
            Self::Filtered => b"probe-",
            Self::Rejected => b"broken-",
            Self::EventIdGiven => b"renamed-",
            Self::Spelled => b"spelled-",
            Self::OtherEndpoint => b"shadow-",
            Self::OtherModel => b"neighbour-",
            Self::Unknown => b"unknown-",
        }
    }
}

impl Options {
    /// Whether there is anything planted.
    pub(crate) fn plants(&self) -> bool {
        self.mismatches > 0
    }

    /// Numbers of what is planted after an event.
    pub(crate) fn plants_of_event(&self, number: u64) -> Range<u64> {
        self.plants_of(number..number + 1)
    }

    /// Numbers of what is planted in an hour; none if the hour has no event.
    pub(crate) fn plants_of_hour(&self, hour: u32) -> Range<u64> {
        self.plants_of(self.events_of_hour(hour))
    }

    /// The first hour that has predictions, and the last in which every endpoint has some.
    pub(crate) fn prediction_hours(&self) -> (u32, u32) {
        let events = u128::from(self.events_of_endpoint(0).max(1));
        let hour = |event: u64| {
            let hours = (u128::from(event) + 1) * u128::from(self.hours);
            (hours.div_ceil(events) as u32).saturating_sub(1)
        };
        let fewest = self.events_of_endpoint(self.endpoints.saturating_sub(1));
        (hour(0), hour(fewest.saturating_sub(1)))
    }

    /// Spreads the numbers from 0 to `mismatches` evenly over the events of the first endpoint.
    fn plants_of(&self, events: Range<u64>) -> Range<u64> {
        let all = u128::from(self.events_of_endpoint(0).max(1));
        let first = |event: u64| (u128::from(event) * u128::from(self.mismatches)).div_ceil(all);
        first(events.start) as u64..first(events.end) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_planted_once_and_in_the_hour_of_its_event() {
        for (records, hours, mismatches) in [(100, 3, 7), (3, 30, 2), (5, 2, 40), (1, 1, 1)] {
            let options = Options {
                records,
                hours,
                mismatches,
                ..Options::default()
            };
            let by_event: Vec<u64> = (0..hours)
                .flat_map(|hour| options.events_of_hour(hour))
                .flat_map(|number| options.plants_of_event(number))
                .collect();
            let by_hour: Vec<u64> = (0..hours)
                .flat_map(|hour| options.plants_of_hour(hour))
                .collect();
            assert_eq!(by_event, (0..mismatches).collect::<Vec<_>>());
            assert_eq!(by_hour, by_event);
            let mut with_events =
                (0..hours).filter(|hour| !options.events_of_hour(*hour).is_empty());
            let first = with_events.next();
            let last = with_events.next_back().or(first);
            let (from, to) = options.prediction_hours();
            assert_eq!((Some(from), Some(to)), (first, last));
        }
    }
}

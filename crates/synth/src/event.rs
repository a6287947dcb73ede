//! What is true of an event wherever it is seen: its ids, how many records it holds, and their classes.

use crate::options::{Kind, Options};
use crate::plant::Plant;
use crate::random::{Purpose, Stream};
use crate::text::{push_padded, push_uuid};

/// A request: number `n` is the same request in every endpoint.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub(crate) number: u64,
    /// Records in its payload, at least 1.
    pub(crate) records: u32,
    /// The caller sent no inference id, so labels name the event id, which differs per endpoint.
    pub(crate) by_event_id: bool,
    /// What it was planted for; its number then counts among the planted ones alone.
    pub(crate) plant: Option<Plant>,
}

impl Event {
    pub(crate) fn new(options: &Options, number: u64) -> Self {
        let mut stream = Stream::new(options.seed, Purpose::Event, number, 0);
        let by_event_id = options.kind == Kind::Endpoint && stream.chance(0.05);
        let records = 1 + stream.below(u64::from(options.records_per_event)) as u32;
        Self {
            number,
            records,
            by_event_id,
            plant: None,
        }
    }

    /// One that is planted; its caller always sent an inference id.
    pub(crate) fn planted(options: &Options, plant: Plant, number: u64) -> Self {
        let mut stream = Stream::new(
            options.seed,
            Purpose::Event,
            number,
            u64::from(plant.code()),
        );
        Self {
            number,
            records: 1 + stream.below(u64::from(options.records_per_event)) as u32,
            by_event_id: false,
            plant: Some(plant),
        }
    }

    /// One that a line is made from only to be broken.
    pub(crate) fn lost() -> Self {
        Self {
            number: 0,
            records: 1,
            by_event_id: false,
            plant: None,
        }
    }

    /// The text that labels of this event carry, as seen by one endpoint.
    pub(crate) fn key(&self, options: &Options, endpoint: u32) -> Key {
        // The neighbour is an endpoint whatever the corpus is.
        let is_capture = options.kind == Kind::Endpoint || self.plant == Some(Plant::OtherModel);
        let space = match self.plant {
            Some(plant) if is_capture => KeySpace::Planted(plant),
            Some(plant) => KeySpace::EventId(plant.code()),
            None if !is_capture || self.by_event_id => KeySpace::EventId(endpoint),
            None => KeySpace::InferenceId,
        };
        Key {
            space,
            number: self.number,
        }
    }
}

/// An id in 16 bytes instead of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) space: KeySpace,
    pub(crate) number: u64,
}

/// Who made the id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum KeySpace {
    /// The caller, the same in every endpoint.
    InferenceId,
    /// SageMaker: a capture's event id, or a transform's inference id. Never the same in two endpoints.
    EventId(u32),
    /// Nobody; no prediction has it.
    Stray,
    /// A bad line was made from it.
    Lost,
    /// The caller of a planted capture.
    Planted(Plant),
    /// A labeller who wrote the id of an event planted as [`Plant::Spelled`] in another way.
    Misspelled {
        /// The event is a transform record.
        in_transform: bool,
    },
}

impl Key {
    pub(crate) fn push(self, seed: u64, buffer: &mut Vec<u8>) {
        let prefix: &[u8] = match self.space {
            KeySpace::InferenceId => b"order-",
            KeySpace::Stray => b"stray-",
            KeySpace::Lost => b"lost-",
            KeySpace::Planted(plant) => plant.prefix(),
            KeySpace::Misspelled { .. } => return self.push_misspelled(seed, buffer),
            KeySpace::EventId(endpoint) => {
                let mut stream =
                    Stream::new(seed, Purpose::EventId, u64::from(endpoint), self.number);
                push_uuid(buffer, stream.next(), stream.next());
                return;
            }
        };
        buffer.extend_from_slice(prefix);
        push_padded(buffer, self.number, 8);
    }

    /// The id that SageMaker made for the capture with this key; itself where it is that already.
    pub(crate) fn event_id(self, endpoint: u32) -> Self {
        let space = match self.space {
            KeySpace::Planted(plant) => KeySpace::EventId(plant.code()),
            KeySpace::EventId(_) => self.space,
            _ => KeySpace::EventId(endpoint),
        };
        Self { space, ..self }
    }

    /// The id that a misspelled one was meant to be.
    pub(crate) fn meant(self) -> Option<Self> {
        let KeySpace::Misspelled { in_transform } = self.space else {
            return None;
        };
        let space = if in_transform {
            KeySpace::EventId(Plant::Spelled.code())
        } else {
            KeySpace::Planted(Plant::Spelled)
        };
        Some(Self { space, ..self })
    }

    fn push_misspelled(self, seed: u64, buffer: &mut Vec<u8>) {
        let mut id = Vec::new();
        if let Some(meant) = self.meant() {
            meant.push(seed, &mut id);
        }
        let (before, capitals, after): (&[u8], bool, &[u8]) = match self.number % 6 {
            0 => (b"", true, b""),
            1 => (b" ", false, b""),
            2 => (b"\"", false, b"\""),
            3 => (b"", false, b"\t\r\n"),
            4 => (b"'", false, b"'"),
            _ => (b" \" ", true, b" \"\t"),
        };
        if capitals {
            id.make_ascii_uppercase();
        }
        buffer.extend_from_slice(before);
        buffer.extend_from_slice(&id);
        buffer.extend_from_slice(after);
    }
}

/// One record of an event: how likely it is positive, and what it turned out to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    /// In units of 10^-16, below 10^16. Endpoints see it with noise.
    pub(crate) propensity: u64,
    /// The class that a right label states.
    pub(crate) positive: bool,
}

/// 1.0 in the units of [`Outcome::propensity`].
pub(crate) const ONE: u64 = 10_000_000_000_000_000;

impl Outcome {
    pub(crate) fn new(seed: u64, event: u64, record: u32) -> Self {
        let mut stream = Stream::new(seed, Purpose::Record, event, u64::from(record));
        let propensity = stream.below(ONE);
        let positive = stream.below(ONE) < propensity;
        Self {
            propensity,
            positive,
        }
    }
}

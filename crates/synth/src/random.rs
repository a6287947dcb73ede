//! The only source of chance: SplitMix64 (Steele, Lea, Flood 2014), keyed by the seed and by what is drawn.
//!
//! Each (purpose, a, b) has a stream of its own, so that the facts of one event do not depend on how many
//! draws another event needed, and an endpoint can be added without changing the others' bytes.

/// What a stream is for; two purposes never share numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// Facts of an event that hold in every endpoint.
    Event = 1,
    /// Class and propensity of one record of an event.
    Record,
    /// Event ids that SageMaker would make.
    EventId,
    /// File names and manifests.
    FileName,
    /// Lines of one (endpoint, hour).
    Captures,
    /// Labels of one event.
    Labels,
    /// Order and form of the label lines of one hour.
    LabelFiles,
    /// Jobs of one hour.
    Jobs,
    /// What is planted so that labels match nothing.
    Planted,
}

/// A reproducible sequence of numbers.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    state: u64,
}

impl Stream {
    pub(crate) fn new(seed: u64, purpose: Purpose, a: u64, b: u64) -> Self {
        let mut state = finish(seed.wrapping_add(GOLDEN));
        for part in [purpose as u64, a, b] {
            state = finish(state ^ part.wrapping_mul(GOLDEN));
        }
        Self { state }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        finish(self.state)
    }

    /// A number in `0..bound`; 0 if `bound` is 0. The bias is below 2^-32 for the small bounds used here.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// True in `share` of the calls; 0.0 is never, 1.0 is always.
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// A number in `[0, 1)` with 53 random bits.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Puts `items` in random order (Fisher and Yates).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.below(last as u64 + 1) as usize;
            items.swap(last, other);
        }
    }
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

fn finish(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_different_seed_purpose_or_subject_differ() {
        let first = |seed, purpose, a, b| Stream::new(seed, purpose, a, b).next();
        let base = first(1, Purpose::Event, 2, 3);
        assert_eq!(base, first(1, Purpose::Event, 2, 3));
        assert_ne!(base, first(2, Purpose::Event, 2, 3));
        assert_ne!(base, first(1, Purpose::Record, 2, 3));
        assert_ne!(base, first(1, Purpose::Event, 3, 2));
    }

    #[test]
    fn chance_keeps_its_share_and_its_ends() {
        let mut stream = Stream::new(7, Purpose::Event, 0, 0);
        let hits = (0..10_000).filter(|_| stream.chance(0.25)).count();
        assert!((2_300..2_700).contains(&hits), "{hits}");
        assert!((0..1_000).all(|_| stream.chance(1.0) && !stream.chance(0.0)));
    }
}

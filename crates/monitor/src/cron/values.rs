//! The values of one field: a set of small numbers.

/// Numbers from 0 to 255; years are counted from 1970.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Values([u64; 4]);

impl Values {
    pub(super) fn one(value: u8) -> Self {
        let mut values = Self::default();
        values.insert(value);
        values
    }

    pub(super) fn range(first: u8, last: u8) -> Self {
        (first..=last).collect()
    }

    pub(super) fn insert(&mut self, value: u8) {
        if let Some(word) = self.0.get_mut(usize::from(value / 64)) {
            *word |= 1 << (value % 64);
        }
    }

    pub(super) fn contains(&self, value: u8) -> bool {
        let word = self.0.get(usize::from(value / 64));
        word.is_some_and(|word| word >> (value % 64) & 1 == 1)
    }

    pub(super) fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// In ascending order.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = u8> {
        self.between(0, u8::MAX)
    }

    /// Those from `first` to `last`, both included, in ascending order.
    pub(super) fn between(&self, first: u8, last: u8) -> impl DoubleEndedIterator<Item = u8> {
        let values = *self;
        (first..=last).filter(move |value| values.contains(*value))
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        self.iter().filter(|value| other.contains(*value)).collect()
    }

    pub(super) fn or(&self, other: &Self) -> Self {
        self.iter().chain(other.iter()).collect()
    }

    pub(super) fn without(&self, other: &Self) -> Self {
        self.iter()
            .filter(|value| !other.contains(*value))
            .collect()
    }
}

impl FromIterator<u8> for Values {
    fn from_iter<I: IntoIterator<Item = u8>>(numbers: I) -> Self {
        let mut values = Self::default();
        for number in numbers {
            values.insert(number);
        }
        values
    }
}

//! Whether a label may have a key, told without looking for it.

/// A bit for each key of one length, by its hash.
///
/// Every capture with both ids asks for its event id, and hardly any label has one: a look-up in the table would wait
/// for memory each time, and these bits stay in the cache.
#[derive(Debug)]
pub(super) struct KeyFilter {
    length: usize,
    bits: Vec<u64>,
}

impl KeyFilter {
    /// `keys`: length and hash of each label's key.
    pub(super) fn of_length(
        length: usize,
        keys: impl Iterator<Item = (usize, u32)> + Clone,
    ) -> Self {
        /// Then one of so many other keys passes.
        const BITS_PER_KEY: usize = 16;
        let keys = keys.filter(|(found, _)| *found == length);
        let bits = (keys.clone().count() * BITS_PER_KEY).next_power_of_two();
        let mut filter = Self {
            length,
            bits: vec![0; bits.div_ceil(64)],
        };
        for (_, hash) in keys {
            let (word, bit) = filter.place(hash);
            if let Some(word) = filter.bits.get_mut(word) {
                *word |= bit;
            }
        }
        filter
    }

    /// False only if no label has the key. Of keys of other lengths it knows nothing.
    pub(super) fn may_have(&self, length: usize, hash: u32) -> bool {
        let (word, bit) = self.place(hash);
        length != self.length || self.bits.get(word).is_some_and(|word| word & bit != 0)
    }

    fn place(&self, hash: u32) -> (usize, u64) {
        let bit = hash as usize & (self.bits.len() * 64 - 1);
        (bit / 64, 1 << (bit % 64))
    }
}

#[cfg(test)]
mod tests {
    use super::KeyFilter;

    #[test]
    fn a_key_that_is_there_passes_and_most_others_do_not() {
        let hash = |n: u32| n.wrapping_mul(0x9e37_79b9);
        let keys = (0..1000).map(|n| (if n % 2 == 0 { 36 } else { 9 }, hash(n)));
        let filter = KeyFilter::of_length(36, keys);
        assert!((0..1000).step_by(2).all(|n| filter.may_have(36, hash(n))));
        assert!((0..1000).all(|n| filter.may_have(9, hash(n))));
        let passed = (1000..11_000).filter(|n| filter.may_have(36, hash(*n)));
        assert!(passed.count() < 1000);
        assert!(!KeyFilter::of_length(36, std::iter::empty()).may_have(36, 7));
    }
}

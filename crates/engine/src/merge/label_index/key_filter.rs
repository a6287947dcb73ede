//! Whether a label may have a key, told without looking for it.

/// A bit for each key of one length.
///
/// Every capture with both ids asks for its event id, and hardly any label has one: a look-up in the table would wait
/// for memory each time, and these bits stay in the cache.
#[derive(Debug)]
pub(super) struct KeyFilter {
    length: usize,
    bits: Vec<u64>,
    shift: u32,
}

impl KeyFilter {
    pub(super) fn of_length<'a>(
        length: usize,
        keys: impl Iterator<Item = &'a str> + Clone,
    ) -> Self {
        /// One in so many other keys passes; with more bits they would not stay in the cache.
        const BITS_PER_KEY: usize = 8;
        let keys = keys.filter(|key| key.len() == length);
        let bits = (keys.clone().count() * BITS_PER_KEY).max(64);
        let bits = bits.next_power_of_two();
        let mut filter = Self {
            length,
            bits: vec![0; bits / 64],
            shift: u64::BITS - bits.trailing_zeros(),
        };
        for key in keys {
            let (word, bit) = filter.place(key);
            if let Some(word) = filter.bits.get_mut(word) {
                *word |= bit;
            }
        }
        filter
    }

    /// False only if no label has the key. Of keys of other lengths it knows nothing.
    pub(super) fn may_have(&self, key: &str) -> bool {
        let (word, bit) = self.place(key);
        key.len() != self.length || self.bits.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Where a key's bit is. Its ends tell keys apart well enough, and cost less than a hash of the whole.
    fn place(&self, key: &str) -> (usize, u64) {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        let bytes = key.as_bytes();
        let word = |end: Option<&[u8; 8]>| end.map_or(0, |end| u64::from_le_bytes(*end));
        let (first, last) = (word(bytes.first_chunk()), word(bytes.last_chunk()));
        let mixed = (first ^ last.wrapping_mul(ODD).rotate_right(32)).wrapping_mul(ODD);
        let bit = mixed >> self.shift;
        ((bit / 64) as usize, 1 << (bit % 64))
    }
}

#[cfg(test)]
mod tests {
    use super::KeyFilter;

    #[test]
    fn a_key_that_is_there_passes_and_most_others_do_not() {
        let key = |n: u32| format!("{:08x}-same-{:08x}", n.wrapping_mul(0x9e37_79b9), n);
        let keys: Vec<String> = (0..1000).map(key).collect();
        let others = ["short".to_owned(), "x".repeat(30)];
        let filter = KeyFilter::of_length(22, keys.iter().chain(&others).map(String::as_str));
        assert!(keys.iter().all(|key| filter.may_have(key)));
        assert!(filter.may_have("of another length"));
        let passed = (1000..11_000).filter(|n| filter.may_have(&key(*n)));
        assert!(passed.count() < 2000);
    }

    #[test]
    fn short_keys_and_no_keys_are_no_special_case() {
        let filter = KeyFilter::of_length(3, ["abc"].into_iter());
        assert!(filter.may_have("abc"));
        assert!(!KeyFilter::of_length(10, std::iter::empty()).may_have("0123456789"));
    }
}

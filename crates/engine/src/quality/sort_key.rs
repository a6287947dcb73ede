//! What rank metrics sort by, in one number: group, value, then what is known of the row.
//!
//! The numbers of a group ascend as its values ascend or descend, and equal rows are equal numbers, so that any way of
//! sorting gives the same sequence.

use groundline_quality::SampleMask;

/// Bits of a key: 32 of group, 64 of value, 8 of the row. The highest are zero, so that it fits a decimal of 38 digits.
const VALUE: u32 = 8;
const GROUP: u32 = 72;

/// A key made, or taken apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SortKey {
    pub(crate) group: u32,
    pub(crate) value: f64,
    pub(crate) positive: bool,
    pub(crate) mask: SampleMask,
}

impl SortKey {
    /// Higher values first.
    #[inline]
    pub(crate) fn descending(self) -> u128 {
        self.pack(!ordered(self.value))
    }

    /// Lower values first.
    #[inline]
    pub(crate) fn ascending(self) -> u128 {
        self.pack(ordered(self.value))
    }

    pub(crate) fn of_descending(key: u128) -> Self {
        Self::unpack(key, |bits| !bits)
    }

    pub(crate) fn of_ascending(key: u128) -> Self {
        Self::unpack(key, |bits| bits)
    }

    /// The least key of the same group and value.
    pub(crate) fn first_of_its_value(key: u128) -> u128 {
        key >> VALUE << VALUE
    }

    fn pack(self, bits: u64) -> u128 {
        let row = u8::from(self.positive) | self.mask.0 << 1;
        u128::from(self.group) << GROUP | u128::from(bits) << VALUE | u128::from(row)
    }

    fn unpack(key: u128, bits: impl Fn(u64) -> u64) -> Self {
        let row = key as u8;
        Self {
            group: (key >> GROUP) as u32,
            value: number(bits((key >> VALUE) as u64)),
            positive: row & 1 == 1,
            mask: SampleMask(row >> 1),
        }
    }
}

const SIGN: u64 = 1 << 63;

/// Bits that ascend as numbers do; -0.0 is 0.0.
fn ordered(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    match bits & SIGN {
        0 => bits | SIGN,
        _ => !bits,
    }
}

fn number(ordered: u64) -> f64 {
    f64::from_bits(match ordered & SIGN {
        0 => !ordered,
        _ => ordered & !SIGN,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_by_group_then_value_and_come_back() {
        let values = [-1e300, -1.0, -1e-300, 0.0, 1e-300, 0.5, 1.0, 1e300];
        let key = |group, value| SortKey {
            group,
            value,
            positive: true,
            mask: SampleMask(0b10110),
        };
        let mut last = None;
        for group in [0, 1, u32::MAX] {
            for value in values {
                let packed = key(group, value).ascending();
                assert!(last < Some(packed), "{group} {value}");
                assert_eq!(SortKey::of_ascending(packed), key(group, value));
                last = Some(packed);
            }
        }
        for pair in values.windows(2) {
            let [low, high] = pair else { continue };
            assert!(key(3, *high).descending() < key(3, *low).descending());
        }
        assert_eq!(
            SortKey::of_descending(key(7, 0.25).descending()),
            key(7, 0.25)
        );
        assert_eq!(key(0, -0.0).ascending(), key(0, 0.0).ascending());
        assert!(i128::try_from(key(u32::MAX, -1e300).descending()).is_ok());
    }
}

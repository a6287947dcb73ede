//! Ratios of integers, rounded once.

use groundline_quality::ratio;
use num_bigint::BigUint;
use proptest::prelude::*;

/// Whether a positive double is next to `n / d`, by integers alone.
fn is_nearest(value: f64, n: u128, d: u128) -> bool {
    // Twice the neighbours' middle, as a multiple of 2^-1074 * 2, against n / d.
    let at = |value: f64| {
        let bits = value.to_bits();
        match bits >> 52 {
            0 => BigUint::from(bits),
            exponent => BigUint::from(bits & ((1 << 52) - 1) | 1 << 52) << (exponent - 1),
        }
    };
    let exact = (BigUint::from(n) << 1075) as BigUint;
    let below = (at(value) + at(value.next_down())) * d;
    let above = (at(value) + at(value.next_up())) * d;
    let even = value.to_bits() & 1 == 0;
    (below < exact && exact < above) || (even && (below == exact || above == exact))
}

proptest! {
    #[test]
    fn ratio_is_the_exact_one_rounded_once(n in 1_u128.., d in 1_u128.., n_bits in 0_u32..128, d_bits in 0_u32..128) {
        let (n, d) = ((n >> n_bits).max(1), (d >> d_bits).max(1));
        let value = ratio(n, d).unwrap();
        prop_assert!(is_nearest(value, n, d), "{n} / {d} = {value:e}");
    }
}

#[test]
fn ratio_of_nothing_is_undefined_and_of_zero_is_zero() {
    assert_eq!(ratio(1, 0), None);
    assert_eq!(ratio(0, 0), None);
    assert_eq!(ratio(0, 7), Some(0.0));
    assert_eq!(ratio(0, u128::MAX), Some(0.0));
}

/// Both round to doubles first when they are divided as such: 2^53 + 1 is none.
#[test]
fn large_integers_are_not_rounded_before_they_are_divided() {
    let n = (1_u128 << 53) + 1;
    assert_eq!(ratio(n * 3, 3), Some(9007199254740992.0));
    assert_eq!(ratio(n * (1 << 60), n * (1 << 60)), Some(1.0));
    // 1 + 2^-53 + 2^-116: just above half way, so up.
    assert_eq!(
        ratio((1 << 116) + (1 << 63) + 1, 1 << 116),
        Some(1.0 + f64::EPSILON)
    );
}

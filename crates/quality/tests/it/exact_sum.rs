//! Exact sums against big integers, and against themselves in another order.

use std::ops::Range;

use groundline_quality::ExactSum;
use num_bigint::BigInt;
use proptest::prelude::*;

/// Exponent of the oracle's integers: a product of four doubles is a multiple of 2^-4296.
const LEAST: i32 = 4 * 1074;

/// A double of any size between 1e-300 and 1e300, of either sign, or a zero of either sign.
fn anything() -> impl Strategy<Value = f64> {
    prop_oneof![
        1 => Just(0.0),
        1 => Just(-0.0),
        4 => -1e3..1e3,
        6 => (-300..300, 1.0..10.0, any::<bool>()).prop_map(|(exponent, digits, negative)| {
            let value: f64 = digits * 10_f64.powi(exponent);
            if negative { -value } else { value }
        }),
        1 => prop::num::f64::SUBNORMAL,
    ]
}

/// Values, an order of them, and where to cut that into parts.
fn shuffled() -> impl Strategy<Value = (Vec<f64>, Vec<f64>, Vec<usize>)> {
    prop::collection::vec(anything(), 0..40).prop_flat_map(|values| {
        let cuts = prop::collection::vec(0..=values.len(), 0..6);
        (Just(values.clone()), Just(values).prop_shuffle(), cuts)
    })
}

fn integer(value: f64) -> BigInt {
    let bits = value.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let (mantissa, shift) = match bits >> 52 & 0x7ff {
        0 => (fraction, 0),
        exponent => (fraction | 1 << 52, exponent - 1),
    };
    let magnitude = BigInt::from(mantissa) << shift;
    if value.is_sign_negative() {
        -magnitude
    } else {
        magnitude
    }
}

/// Exact sum of products of `factors` numbers each, as a multiple of 2^-4296.
fn oracle<'a, const FACTORS: usize>(rows: impl Iterator<Item = &'a [f64; FACTORS]>) -> BigInt {
    rows.map(|row| row.iter().map(|&value| integer(value)).product::<BigInt>())
        .sum::<BigInt>()
        << (LEAST - 1074 * FACTORS as i32) as usize
}

/// Whether a double is next to an exact number, and even where two are.
fn is_nearest(value: f64, exact: &BigInt) -> bool {
    let at = |value: f64| integer(value) << (LEAST - 1074) as usize;
    if value.is_infinite() {
        // Half a step above the largest double, which rounds to even, up.
        let step = &at(f64::MAX) - &at(f64::MAX.next_down());
        let edge: BigInt = at(f64::MAX) * 2 + step;
        return exact.magnitude() * 2_u32 >= *edge.magnitude()
            && (value > 0.0) == (*exact > BigInt::ZERO);
    }
    let twice = exact * 2;
    // Beyond the largest double, the next one would be a step further.
    let middle = |neighbour: f64, other: f64| {
        if neighbour.is_infinite() {
            at(value) * 3 - at(other)
        } else {
            at(value) + at(neighbour)
        }
    };
    let (down, up) = (value.next_down(), value.next_up());
    let (below, above) = (middle(down, up), middle(up, down));
    let even = value.to_bits() & 1 == 0;
    (below < twice && twice < above) || (even && (twice == below || twice == above))
}

fn bytes(sum: &ExactSum) -> String {
    serde_json::to_string(sum).unwrap()
}

fn sum_of(values: &[f64]) -> ExactSum {
    let mut sum = ExactSum::default();
    for &value in values {
        sum.add(value);
    }
    sum
}

proptest! {
    #[test]
    fn any_split_order_and_merging_gives_the_same_bits((values, shuffled, mut cuts) in shuffled()) {
        cuts.extend([0, shuffled.len()]);
        cuts.sort_unstable();
        let mut merged = ExactSum::default();
        for cut in cuts.windows(2).rev() {
            merged.merge(&sum_of(&shuffled[Range { start: cut[0], end: cut[1] }]));
        }
        let whole = sum_of(&values);
        prop_assert_eq!(whole.value().to_bits(), merged.value().to_bits());
        prop_assert_eq!(bytes(&whole), bytes(&merged));
        prop_assert_eq!(whole, merged);
    }

    #[test]
    fn sum_is_the_exact_one_rounded_once(values in prop::collection::vec(anything(), 0..40)) {
        let exact = oracle(values.iter().map(std::array::from_ref));
        let value = sum_of(&values).value();
        prop_assert!(is_nearest(value, &exact), "{value:e}");
    }

    #[test]
    fn products_are_not_rounded_before_their_sum_is(
        rows in prop::collection::vec([anything(), anything()], 0..30),
    ) {
        let mut sum = ExactSum::default();
        let mut squares = ExactSum::default();
        for &[a, b] in &rows {
            sum.add_product(a, b);
            squares.add_square(a);
        }
        let squared: Vec<_> = rows.iter().map(|&[a, _]| [a, a]).collect();
        prop_assert!(is_nearest(sum.value(), &oracle(rows.iter())));
        prop_assert!(is_nearest(squares.value(), &oracle(squared.iter())));
    }

    #[test]
    fn products_of_four_are_not_rounded_before_their_sum_is(
        rows in prop::collection::vec([anything(), anything(), anything(), anything()], 0..20),
    ) {
        let mut sum = ExactSum::default();
        for &row in &rows {
            sum.add_product_of_four(row);
        }
        // What is left after each rounding shows the bits below it.
        let mut exact = oracle(rows.iter());
        for _ in 0..6 {
            let value = sum.value();
            prop_assert!(is_nearest(value, &exact), "{value:e}");
            if value.is_finite() {
                sum.add(-value);
                exact -= oracle([[value]].iter());
            }
        }
    }

    #[test]
    fn what_is_added_and_taken_away_leaves_nothing(values in prop::collection::vec(anything(), 0..20)) {
        let mut sum = sum_of(&values);
        for &value in &values {
            sum.add(-value);
        }
        prop_assert_eq!(bytes(&sum), bytes(&ExactSum::default()));
        prop_assert_eq!(sum.value().to_bits(), 0);
    }

    #[test]
    fn stored_sum_comes_back(values in prop::collection::vec(anything(), 0..20)) {
        let sum = sum_of(&values);
        let back: ExactSum = serde_json::from_str(&bytes(&sum)).unwrap();
        prop_assert_eq!(back.value().to_bits(), sum.value().to_bits());
        prop_assert_eq!(back, sum);
    }
}

#[test]
fn large_numbers_do_not_swallow_small_ones() {
    assert_eq!(sum_of(&[1e300, 1.0, -1e300]).value(), 1.0);
    // 0.1 is a little more than a tenth; ten of them are 1.00000000000000005..., which is next to 1.0.
    assert_eq!(sum_of(&[0.1; 10]).value(), 1.0);
    assert_eq!([0.1; 10].iter().sum::<f64>(), 0.9999999999999999);
}

#[test]
fn half_way_goes_to_even_unless_something_is_beyond() {
    let step = f64::EPSILON;
    assert_eq!(sum_of(&[1.0, step / 2.0]).value(), 1.0);
    assert_eq!(sum_of(&[1.0 + step, step / 2.0]).value(), 1.0 + 2.0 * step);
    assert_eq!(sum_of(&[1.0, step / 2.0, 1e-300]).value(), 1.0 + step);
    assert_eq!(sum_of(&[1.0, step / 2.0, -1e-300]).value(), 1.0);
}

#[test]
fn sum_beyond_the_largest_double_is_infinite_and_comes_back() {
    let mut sum = sum_of(&[f64::MAX, f64::MAX]);
    assert_eq!(sum.value(), f64::INFINITY);
    sum.add(-f64::MAX);
    assert_eq!(sum.value(), f64::MAX);
    sum.add_product(-1e300, 1e300);
    assert_eq!(sum.value(), f64::NEG_INFINITY);
}

#[test]
fn number_that_is_not_finite_makes_the_sum_infinite_for_good() {
    for value in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        let mut sum = sum_of(&[1.0, value, -2.0]);
        assert_eq!(sum.value(), f64::INFINITY);
        let mut product = ExactSum::default();
        product.add_product(0.0, value);
        assert_eq!(product, sum);
        sum.merge(&sum_of(&[1.0]));
        let back: ExactSum = serde_json::from_str(&bytes(&sum)).unwrap();
        assert_eq!(back.value(), f64::INFINITY);
    }
}

/// Forty times two and forty times three count more numbers than digits can take without carrying.
#[test]
fn digits_carry_before_they_overflow() {
    let large = f64::MAX / 2_f64.powi(70);
    for value in [large, -large, 1.0 / 3.0, -1.0 / 3.0, -5e-324] {
        for times in [2_u32, 3] {
            let mut sum = sum_of(&[value]);
            for _ in 0..40 {
                let once = sum.clone();
                for _ in 1..times {
                    sum.merge(&once);
                }
            }
            let exact = oracle([[value]].iter()) * BigInt::from(times).pow(40);
            assert!(is_nearest(sum.value(), &exact), "{value:e} {times}");
        }
    }
}

#[test]
fn stored_sum_is_small_and_what_is_no_sum_is_refused() {
    let values: Vec<f64> = (0..1000).map(|row| f64::from(row).sqrt()).collect();
    let stored = bytes(&sum_of(&values));
    assert!(stored.len() < 80, "{stored}");
    let read = |text: &str| serde_json::from_str::<ExactSum>(text).is_ok();
    assert!(read("[false,false,0,[1]]"));
    // Two forms of one sum would be equal sums with other bytes.
    assert!(!read("[false,false,0,[1,0]]"));
    assert!(!read("[false,false,0,[0,1]]"));
    assert!(!read("[true,false,0,[]]"));
    assert!(!read("[false,true,0,[1]]"));
    // Places that no product of four doubles has.
    assert!(!read("[false,false,30000,[1]]"));
    assert!(!read("[false,false,-161,[1]]"));
}

//! The two-sided 95 % quantile of Student's t.
//!
//! Not by `statrs` 0.19: its inverse goes through std's logarithms, which differ between machines, is 7 % off at ten
//! million degrees of freedom, and does not come back from a hundred million.

use std::f64::consts::FRAC_PI_2;

use super::Z;

/// Degrees of freedom from which the expansion is nearer than the series: both are right to 12 digits here.
const EXPANDED_FROM: u64 = 500;

/// Newton's steps at most; three to five are enough.
const STEPS: u32 = 20;

const CONFIDENCE: f64 = 0.95;

/// `t` so that 95 % of Student's distribution with that many degrees of freedom is in `-t..t`; infinite for 0.
pub(super) fn two_sided_95(freedom: u64) -> f64 {
    match freedom {
        0 => f64::INFINITY,
        1 => libm::tan(CONFIDENCE * FRAC_PI_2),
        _ if freedom < EXPANDED_FROM => solved(freedom),
        _ => expanded(freedom as f64),
    }
}

/// Cornish and Fisher's expansion about the normal quantile (Abramowitz and Stegun, 26.7.5).
fn expanded(freedom: f64) -> f64 {
    let square = Z * Z;
    let polynomial = |coefficients: &[f64]| {
        coefficients
            .iter()
            .fold(0.0, |sum, coefficient| sum * square + coefficient)
    };
    let terms = [
        polynomial(&[79.0, 776.0, 1482.0, -1920.0, -945.0]) / 92160.0,
        polynomial(&[3.0, 19.0, 17.0, -15.0]) / 384.0,
        polynomial(&[5.0, 16.0, 3.0]) / 96.0,
        polynomial(&[1.0, 1.0]) / 4.0,
        1.0,
    ];
    Z * terms.iter().fold(0.0, |sum, term| sum / freedom + term)
}

/// Newton's method on the finite series, in the angle whose tangent is `t / sqrt(freedom)`.
fn solved(freedom: u64) -> f64 {
    let root = (freedom as f64).sqrt();
    let mut angle = libm::atan(expanded(freedom as f64) / root);
    for _ in 0..STEPS {
        let (inside, slope) = series(freedom, angle);
        let step = (inside - CONFIDENCE) / slope;
        angle -= step;
        if step.abs() < 1e-16 {
            break;
        }
    }
    root * libm::tan(angle)
}

/// The share of the distribution inside the angle, and its derivative (Abramowitz and Stegun, 26.7.3 and 26.7.4).
fn series(freedom: u64, angle: f64) -> (f64, f64) {
    let (sine, cosine) = (libm::sin(angle), libm::cos(angle));
    let odd = freedom % 2 == 1;
    let mut term = if odd { cosine } else { 1.0 };
    let mut sum = term;
    // Even: 1/2, 3/4, ...; odd: 2/3, 4/5, ...
    let mut divisor = if odd { 3 } else { 2 };
    while divisor < freedom {
        term *= (divisor - 1) as f64 / divisor as f64 * cosine * cosine;
        sum += term;
        divisor += 2;
    }
    let slope = (freedom - 1) as f64 * term * cosine;
    if odd {
        ((angle + sine * sum) / FRAC_PI_2, slope / FRAC_PI_2)
    } else {
        (sine * sum, slope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected: mpmath's root of the incomplete beta function with 40 digits.
    #[test]
    fn quantiles_are_right_to_twelve_digits() {
        for (freedom, expected) in [
            (1, 12.706204736174705),
            (2, 4.302652729749464),
            (3, 3.1824463052837095),
            (4, 2.7764451051977943),
            (5, 2.5705818356363155),
            (9, 2.2621571627982053),
            (10, 2.228138851986275),
            (30, 2.042272456301238),
            (99, 1.9842169515864174),
            (100, 1.9839715185235522),
            (500, 1.9647198374673678),
            (499, 1.964729390987689),
            (999, 1.96234146113345),
            (1000, 1.9623390808264085),
            (1001, 1.96233670528088),
            (10000, 1.9602012398906263),
            (10_000_000, 1.959964221767205),
        ] {
            let actual = two_sided_95(freedom);
            assert!(
                (actual - expected).abs() < 2e-13 * expected,
                "{freedom}: {actual} {expected}"
            );
        }
    }

    #[test]
    fn quantile_falls_to_the_normal_one_without_a_jump() {
        let mut last = f64::INFINITY;
        for freedom in (1..2000).chain([1_000_000, 1_000_000_000, u64::MAX]) {
            let quantile = two_sided_95(freedom);
            assert!(quantile < last, "{freedom}: {quantile} {last}");
            last = quantile;
        }
        assert_eq!(last, Z);
    }
}

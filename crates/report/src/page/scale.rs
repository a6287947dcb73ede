//! From values to places, and round numbers for ticks.

/// A linear scale from a range of values to a range of places; places may run backwards, as heights do in SVG.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
    from: f64,
    pub(super) to: f64,
}

impl Scale {
    /// `low..=high` to `from..=to`; a range without length gets one.
    pub(super) fn new(low: f64, high: f64, from: f64, to: f64) -> Self {
        let (low, high) = match low < high {
            true => (low, high),
            false => (low - 0.5, low + 0.5),
        };
        Self {
            low,
            high,
            from,
            to,
        }
    }

    /// Where a value goes; what is beyond the range stays at its end.
    pub(super) fn at(&self, value: f64) -> f64 {
        // Halves, because the difference of two large numbers may be beyond what a number can hold.
        let share = (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0);
        let share = if share.is_finite() {
            share.clamp(0.0, 1.0)
        } else {
            0.5
        };
        self.from + share * (self.to - self.from)
    }
}

/// The range of values, with some air, kept inside `least..=most` as far as the values are; `None` without a finite value.
pub(super) fn extent(
    values: impl Iterator<Item = f64>,
    (least, most): (f64, f64),
) -> Option<(f64, f64)> {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values.filter(|value| value.is_finite()) {
        low = low.min(value);
        high = high.max(value);
    }
    if low > high {
        return None;
    }
    let width = high - low;
    let air = match width > 0.0 && width.is_finite() {
        true => width * 0.06,
        false => (high.abs() * 0.05).max(1e-9),
    };
    let (floor, ceiling) = (least.min(low), most.max(high));
    Some(((low - air).max(floor), (high + air).min(ceiling)))
}

/// About `about` round values inside `low..=high`, and the decimals that tell them apart.
pub(super) fn round_ticks(low: f64, high: f64, about: usize) -> (Vec<f64>, usize) {
    let width = high - low;
    if !(width > 0.0 && width.is_finite()) {
        return (Vec::new(), 0);
    }
    let raw = width / about.max(1) as f64;
    let power = 10_f64.powi(raw.log10().floor() as i32);
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= raw)
        .unwrap_or(10.0 * power);
    let first = (low / step).ceil();
    let count = ((high / step).floor() - first).max(0.0) as usize;
    let decimals = usize::try_from(-(step.log10() + 1e-9).floor() as i32).unwrap_or(0);
    let ticks = (0..=count.min(3 * about.max(1)))
        .map(|index| (first + index as f64) * step)
        .filter(|tick| (low..=high).contains(tick))
        .collect();
    (ticks, decimals)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

    use super::*;

    #[test]
    fn places_are_proportional_and_stay_inside() {
        let scale = Scale::new(0.0, 2.0, 100.0, 0.0);
        assert_eq!(scale.at(0.5), 75.0);
        assert_eq!(scale.at(9.0), 0.0);
        assert_eq!(scale.at(f64::NAN), 50.0);
        assert_eq!(Scale::new(3.0, 3.0, 0.0, 10.0).at(3.0), 5.0);
        assert_eq!(Scale::new(f64::MIN, f64::MAX, 0.0, 10.0).at(0.0), 5.0);
    }

    #[test]
    fn range_has_air_but_not_beyond_what_the_metric_can_be() {
        assert_eq!(
            extent([0.2, 1.0].into_iter(), (0.0, 1.0)),
            Some((0.2 - 0.8 * 0.06, 1.0))
        );
        assert_eq!(extent([f64::NAN].into_iter(), (0.0, 1.0)), None);
        let (low, high) = extent([3.0].into_iter(), (f64::NEG_INFINITY, f64::INFINITY)).unwrap();
        assert!(low < 3.0 && 3.0 < high);
    }

    #[test]
    fn ticks_are_round() {
        let (ticks, decimals) = round_ticks(0.813, 0.947, 4);
        assert_eq!((ticks.len(), decimals), (2, 2));
        assert_eq!(round_ticks(0.0, 1.0, 4).0, [0.0, 0.5, 1.0]);
        assert_eq!(
            round_ticks(0.0, 40_000.0, 4),
            (vec![0.0, 10_000.0, 20_000.0, 30_000.0, 40_000.0], 0)
        );
        assert_eq!(round_ticks(1.0, 1.0, 4).0, [0.0; 0]);
    }
}

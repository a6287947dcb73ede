//! Which points of many are drawn: a chart a few hundred places wide shows no more.

/// What decides about a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Candidate {
    /// `None` is a gap.
    pub(super) value: Option<f64>,
    /// Beyond the threshold.
    pub(super) violated: bool,
}

/// Places of the points that stay, ascending, at most `most` (at least 8): all, or else the first and the last, and of
/// each stretch of equal count the lowest, the highest, and where neither is violated or a gap one that is.
pub(super) fn thin(points: &[Candidate], most: usize) -> Vec<usize> {
    let most = most.max(8);
    if points.len() <= most {
        return (0..points.len()).collect();
    }
    // Two points of a stretch as a rule, three at most.
    let kept = of_stretches(points, (most - 2) / 2);
    match kept.len() <= most {
        true => kept,
        false => of_stretches(points, (most - 2) / 3),
    }
}

fn of_stretches(points: &[Candidate], stretches: usize) -> Vec<usize> {
    let stretch = points.len().div_ceil(stretches);
    let mut kept = vec![0, points.len() - 1];
    for (number, part) in points.chunks(stretch).enumerate() {
        let start = number * stretch;
        let chosen = of_stretch(part);
        kept.extend(chosen.into_iter().flatten().map(|index| start + index));
    }
    kept.sort_unstable();
    kept.dedup();
    kept
}

/// The lowest, the highest, and one that is told apart otherwise.
fn of_stretch(part: &[Candidate]) -> [Option<usize>; 3] {
    let valued = || {
        part.iter()
            .enumerate()
            .filter_map(|(index, point)| Some((index, point.value?)))
    };
    let lowest = valued().min_by(|one, two| one.1.total_cmp(&two.1));
    let highest = valued().max_by(|one, two| one.1.total_cmp(&two.1));
    let (lowest, highest) = (lowest.map(|point| point.0), highest.map(|point| point.0));
    let is_violated = |index: Option<usize>| {
        index
            .and_then(|index| part.get(index))
            .is_some_and(|point| point.violated)
    };
    let violated = match is_violated(lowest) || is_violated(highest) {
        true => None,
        false => part.iter().position(|point| point.violated),
    };
    let gap = || part.iter().position(|point| point.value.is_none());
    [lowest, highest, violated.or_else(gap)]
}

/// Points of a curve no closer than `least` in either direction to the one before; the first and the last always.
pub(super) fn thin_curve(points: &[(f64, f64)], least: f64) -> Vec<usize> {
    let mut kept: Vec<usize> = Vec::new();
    let mut before: Option<(f64, f64)> = None;
    for (index, &(x, y)) in points.iter().enumerate() {
        let far = before.is_none_or(|(bx, by)| (x - bx).abs() >= least || (y - by).abs() >= least);
        if far || index + 1 == points.len() {
            kept.push(index);
            before = Some((x, y));
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn candidates(values: &[Option<f64>]) -> Vec<Candidate> {
        values
            .iter()
            .map(|&value| Candidate {
                value,
                violated: false,
            })
            .collect()
    }

    #[test]
    fn few_points_all_stay() {
        assert_eq!(
            thin(&candidates(&[Some(1.0), None, Some(2.0)]), 8),
            [0, 1, 2]
        );
        assert_eq!(thin(&[], 8), [0; 0]);
    }

    #[test]
    fn lone_violation_and_lone_gap_stay() {
        let mut points = candidates(&[Some(1.0); 500]);
        points[333].violated = true;
        points[77].value = None;
        let kept = thin(&points, 60);
        assert!(kept.contains(&333), "{kept:?}");
        assert!(kept.contains(&77), "{kept:?}");
    }

    #[test]
    fn curve_keeps_its_ends() {
        let points: Vec<(f64, f64)> = (0..=1_000).map(|i| (f64::from(i) / 1e3, 0.5)).collect();
        let kept = thin_curve(&points, 0.1);
        assert_eq!(kept.first(), Some(&0));
        assert_eq!(kept.last(), Some(&1_000));
        assert!(kept.len() <= 12, "{kept:?}");
    }

    proptest! {
        #[test]
        fn first_last_and_extremes_stay(
            values in prop::collection::vec(prop::option::weighted(0.9, -1e3..1e3), 1..900),
            most in 8_usize..300,
        ) {
            let kept = thin(&candidates(&values), most);
            prop_assert!(kept.len() <= most.max(8), "{} of {most}", kept.len());
            prop_assert!(kept.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(kept.contains(&0) && kept.contains(&(values.len() - 1)));
            let has = |wanted: f64| kept.iter().any(|&index| values[index] == Some(wanted));
            let all = || values.iter().flatten().copied();
            if let Some(lowest) = all().reduce(f64::min) {
                prop_assert!(has(lowest));
            }
            if let Some(highest) = all().reduce(f64::max) {
                prop_assert!(has(highest));
            }
        }
    }
}

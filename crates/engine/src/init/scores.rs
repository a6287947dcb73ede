//! What a field says about the labels: agreement, area under the curve, correlation.

use groundline_capture::{LabelType, class_text, number};

use super::guess::Pair;

fn value<'a>(pair: &'a Pair, path: &str) -> Option<&'a str> {
    let leaf = pair.leaves.iter().find(|(name, _)| name == path)?;
    leaf.1.as_deref()
}

/// The share of labels that the field equals.
pub(super) fn agreement(pairs: &[Pair], path: &str) -> Option<f64> {
    let compared: Vec<bool> = pairs
        .iter()
        .filter_map(|pair| {
            let class = class_text(value(pair, path)?, LabelType::Auto)?;
            Some(class == pair.label)
        })
        .collect();
    let equal = compared.iter().filter(|equal| **equal).count();
    (!compared.is_empty()).then(|| equal as f64 / compared.len() as f64)
}

/// The chance that a record of the positive class has the larger number; ties count half.
pub(super) fn area(pairs: &[Pair], path: &str, positive: &str) -> Option<f64> {
    let (mut ones, mut others) = (Vec::new(), Vec::new());
    for pair in pairs {
        if let Some(number) = value(pair, path).and_then(number) {
            let side = if pair.label == positive {
                &mut ones
            } else {
                &mut others
            };
            side.push(number);
        }
    }
    if ones.is_empty() || others.is_empty() {
        return None;
    }
    // A few hundred records: no need to sort.
    let wins: f64 = ones
        .iter()
        .flat_map(|one| others.iter().map(move |other| (one, other)))
        .map(|(one, other)| match one.total_cmp(other) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        })
        .sum();
    Some(wins / (ones.len() as f64 * others.len() as f64))
}

/// Pearson's correlation of two numbers.
pub(super) fn correlation(pairs: &[Pair], path: &str) -> Option<f64> {
    let points: Vec<(f64, f64)> = pairs
        .iter()
        .filter_map(|pair| Some((number(value(pair, path)?)?, number(&pair.label)?)))
        .collect();
    let count = points.len() as f64;
    if points.len() < 2 {
        return None;
    }
    let mean_x = points.iter().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = points.iter().map(|(_, y)| y).sum::<f64>() / count;
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in points {
        let (x, y) = (x - mean_x, y - mean_y);
        xy += x * y;
        xx += x * x;
        yy += y * y;
    }
    let scale = (xx * yy).sqrt();
    (scale > 0.0 && scale.is_finite()).then(|| xy / scale)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn pairs(points: &[(&str, &str)]) -> Vec<Pair> {
        points
            .iter()
            .map(|(value, label)| Pair {
                leaves: vec![("0".into(), Some((*value).into()))],
                label: (*label).into(),
            })
            .collect()
    }

    #[test]
    fn scores_of_small_examples() {
        let points = pairs(&[("0.9", "1"), ("0.4", "0"), ("0.3", "1"), ("0.1", "0")]);
        assert_eq!(area(&points, "0", "1").unwrap(), 0.75);
        assert_eq!(
            agreement(&pairs(&[("1.0", "1"), ("0", "1")]), "0").unwrap(),
            0.5
        );
        let fit = correlation(&pairs(&[("1", "2"), ("2", "4"), ("3", "6")]), "0").unwrap();
        assert!((fit - 1.0).abs() < 1e-12);
        assert_eq!(correlation(&pairs(&[("1", "2"), ("1", "4")]), "0"), None);
        assert_eq!(area(&points, "1", "1"), None);
    }
}

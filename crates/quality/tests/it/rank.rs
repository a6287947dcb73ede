//! AUC, average precision and curves: against pairs counted one by one, and with ties in any order.

use groundline_quality::{RankState, RankTotals, Ranks, SAMPLES, SampleMask};
use proptest::prelude::*;

/// A row: score, whether it is positive, its samples.
type Row = (f64, bool, SampleMask);

fn rank(rows: &[Row], most_points: usize) -> Ranks {
    let mut totals = RankTotals::default();
    for &(_, positive, mask) in rows {
        let class = if positive {
            &mut totals.positives
        } else {
            &mut totals.negatives
        };
        class.add(mask);
    }
    // Stable: the order inside a tie is that of the input.
    let mut rows = rows.to_vec();
    rows.sort_by(|a, b| b.0.partial_cmp(&a.0).unwrap());
    let mut state = RankState::new(totals, most_points);
    for (score, positive, mask) in rows {
        state.push(score, positive, mask);
    }
    state.finish()
}

/// The share of pairs in the right order, counted one by one.
fn pairwise<'a>(rows: impl Iterator<Item = &'a Row> + Clone) -> Option<f64> {
    let (mut doubled, mut pairs) = (0_u32, 0_u32);
    for (positive, _, _) in rows.clone().filter(|row| row.1) {
        for (negative, _, _) in rows.clone().filter(|row| !row.1) {
            pairs += 1;
            doubled += 2 * u32::from(positive > negative) + u32::from(positive == negative);
        }
    }
    (pairs > 0).then(|| f64::from(doubled) / f64::from(2 * pairs))
}

#[test]
fn rows_of_a_score_may_come_at_once() {
    // Descending, with a tie of three.
    let mask = SampleMask(0b101);
    let rows = [
        (0.9, true),
        (0.5, false),
        (0.5, true),
        (0.5, false),
        (0.0, true),
    ];
    let rows = rows.map(|(score, positive)| (score, positive, mask));
    let one_by_one = rank(&rows, 100);
    let mut state = RankState::new(one_by_one.totals, 100);
    for tie in rows.chunk_by(|a, b| a.0 == b.0) {
        let mut totals = RankTotals::default();
        for (_, positive, mask) in tie {
            let class = match positive {
                true => &mut totals.positives,
                false => &mut totals.negatives,
            };
            class.add(*mask);
        }
        state.push_tied(tie[0].0, &totals);
    }
    assert_eq!(state.finish(), one_by_one);
}

fn any_rows() -> impl Strategy<Value = Vec<Row>> {
    let score = prop_oneof![
        (0_u8..6).prop_map(|fifths| f64::from(fifths) / 5.0),
        Just(-0.0),
        0.0..=1.0,
    ];
    let row = (score, any::<bool>(), (0_u8..32).prop_map(SampleMask));
    prop::collection::vec(row, 0..120)
}

proptest! {
    #[test]
    fn auc_is_the_share_of_pairs_over_all_rows_and_over_each_sample(rows in any_rows()) {
        let ranks = rank(&rows, 1000);
        prop_assert_eq!(ranks.auc, pairwise(rows.iter()));
        for sample in 0..SAMPLES {
            let held = rows.iter().filter(|row| row.2.holds(sample));
            prop_assert_eq!(ranks.sample_aucs[sample], pairwise(held));
        }
    }

    #[test]
    fn ranges_of_scores_ranked_side_by_side_are_the_whole(
        rows in any_rows(),
        cuts in prop::collection::vec(-0.1..1.1, 0..5),
        most_points in 0_usize..40,
    ) {
        let mut cuts = cuts;
        cuts.sort_by(|a: &f64, b| b.total_cmp(a));
        let mut totals = RankTotals::default();
        rows.iter().for_each(|row| totals.add(row.1, row.2));
        let mut left: Vec<Row> = rows.clone();
        left.sort_by(|a, b| b.0.partial_cmp(&a.0).unwrap());
        let mut above = RankTotals::default();
        let mut whole = RankState::new(totals, most_points);
        for cut in cuts.into_iter().chain([f64::NEG_INFINITY]) {
            let mut range = RankState::below(totals, above, most_points);
            let end = left.partition_point(|row| row.0 > cut);
            for (score, positive, mask) in left.drain(..end) {
                range.push(score, positive, mask);
                above.add(positive, mask);
            }
            whole.join(range);
        }
        prop_assert_eq!(whole.finish(), rank(&rows, most_points));
    }

    #[test]
    fn the_order_inside_a_tie_does_not_matter(
        (rows, shuffled) in any_rows().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        most_points in 0_usize..40,
    ) {
        // As text, to tell -0.0 from 0.0.
        let (a, b) = (rank(&rows, most_points), rank(&shuffled, most_points));
        prop_assert_eq!(format!("{a:?}"), format!("{b:?}"));
    }

    #[test]
    fn kept_points_are_points_of_the_whole_curve_by_the_rule_of_counts(
        rows in any_rows(),
        most_points in 0_usize..40,
    ) {
        let (Some(whole), Some(kept)) = (rank(&rows, 1000).curves, rank(&rows, most_points).curves) else {
            return Ok(());
        };
        prop_assert_eq!(kept.complete, whole.distinct_scores <= most_points as u64);
        prop_assert_eq!(kept.distinct_scores, whole.distinct_scores);
        let positives = rows.iter().filter(|row| row.1).count();
        let negatives = rows.len() - positives;
        let (mut last, mut expected) = ((0, 0), Vec::new());
        let inner = &whole.roc[1..whole.roc.len() - 1];
        for (number, point) in inner.iter().enumerate() {
            let count = |positive: bool| {
                rows.iter().filter(|row| row.1 == positive && Some(row.0) >= point.threshold).count()
            };
            let floors = (count(true) * most_points / positives, count(false) * most_points / negatives);
            if kept.complete || floors != last || number == 0 || number + 1 == inner.len() {
                expected.push(*point);
            }
            last = floors;
        }
        prop_assert_eq!(&kept.roc[1..kept.roc.len() - 1], expected.as_slice());
        prop_assert!(kept.roc.len() <= 2 * most_points + 4);
        for point in &kept.pr {
            prop_assert!(whole.pr.contains(point));
        }
        prop_assert_eq!(kept.pr.len() + 1, kept.roc.len());
    }
}

fn plain(rows: &[(f64, bool)]) -> Vec<Row> {
    rows.iter()
        .map(|&(score, positive)| (score, positive, SampleMask::default()))
        .collect()
}

#[test]
fn curves_have_the_shape_of_sagemakers() {
    let curves = rank(
        &plain(&[(0.9, true), (0.5, false), (0.5, true), (0.1, false)]),
        10,
    )
    .curves
    .unwrap();
    let roc: Vec<_> = curves
        .roc
        .iter()
        .map(|p| (p.threshold, p.false_positive_rate, p.true_positive_rate))
        .collect();
    assert_eq!(
        roc,
        [
            (None, 0.0, 0.0),
            (Some(0.9), 0.0, 0.5),
            (Some(0.5), 0.5, 1.0),
            (Some(0.1), 1.0, 1.0),
            (None, 1.0, 1.0)
        ]
    );
    let pr: Vec<_> = curves
        .pr
        .iter()
        .map(|p| (p.threshold, p.precision, p.recall))
        .collect();
    assert_eq!(
        pr,
        [
            (None, 1.0, 0.0),
            (Some(0.9), 1.0, 0.5),
            (Some(0.5), 2.0 / 3.0, 1.0),
            (Some(0.1), 0.5, 1.0)
        ]
    );
}

#[test]
fn perfect_separation_still_has_an_interval_of_some_width() {
    let rows: Vec<_> = (0..20)
        .map(|number| (f64::from(number), number >= 12))
        .collect();
    let ranks = rank(&plain(&rows), 100);
    // Wilson's of 8 of 8: the rarer class.
    let interval = ranks.auc_interval.unwrap();
    assert_eq!((ranks.auc, interval.high), (Some(1.0), 1.0));
    let expected = 8.0 / (8.0 + 1.959963984540054_f64.powi(2));
    assert!((interval.low - expected).abs() < 1e-12, "{interval:?}");
    assert_eq!(
        (ranks.pr_auc, ranks.pr_auc_interval),
        (Some(1.0), Some(interval))
    );
}

#[test]
fn average_precision_has_the_logit_interval() {
    // Precision 1 at the first positive, 2/3 at the second.
    let ranks = rank(
        &plain(&[(0.9, true), (0.5, false), (0.4, true), (0.1, false)]),
        10,
    );
    let area: f64 = (1.0 + 2.0 / 3.0) / 2.0;
    let half = 1.959963984540054 / (2.0 * area * (1.0 - area)).sqrt();
    let back = |logit: f64| logit.exp() / (1.0 + logit.exp());
    let logit = (area / (1.0 - area)).ln();
    let interval = ranks.pr_auc_interval.unwrap();
    assert!((ranks.pr_auc.unwrap() - area).abs() < 1e-15);
    assert!((interval.low - back(logit - half)).abs() < 1e-12);
    assert!((interval.high - back(logit + half)).abs() < 1e-12);
}

#[test]
fn one_class_has_no_auc_and_no_curves() {
    let positives = rank(&plain(&[(0.5, true), (0.4, true)]), 10);
    assert_eq!(
        (positives.auc, positives.auc_interval, positives.curves),
        (None, None, None)
    );
    assert_eq!(positives.pr_auc, Some(1.0));
    let negatives = rank(&plain(&[(0.5, false)]), 10);
    assert_eq!(
        (negatives.auc, negatives.pr_auc, negatives.pr_auc_interval),
        (None, None, None)
    );
}

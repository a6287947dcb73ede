//! The metrics of a binary classifier, from its counts and sums.

use super::{BinaryState, Probabilities};
use crate::exact_sum::ExactSum;
use crate::figure::{Figure, Measured, Reason};
use crate::fixed_sum::FixedSum;
use crate::interval::Interval;
use crate::rank::Ranks;
use crate::samples::{SAMPLES, standard_deviation};

mod counts;

use counts::{Counts, Value};

/// A metric's name and how counts give it.
type Counted = (&'static str, fn(&Counts) -> Value);

/// The metrics of counts in SageMaker's order (formats.md 6.2), with `auc` left out between the two lists.
const BEFORE_AUC: [Counted; 10] = [
    ("recall", Counts::recall),
    ("precision", Counts::precision),
    ("accuracy", Counts::accuracy),
    ("recall_best_constant_classifier", |counts| {
        counts.constant().recall()
    }),
    ("precision_best_constant_classifier", |counts| {
        counts.constant().precision()
    }),
    ("accuracy_best_constant_classifier", |counts| {
        counts.constant().accuracy()
    }),
    ("true_positive_rate", Counts::recall),
    ("true_negative_rate", Counts::true_negative_rate),
    ("false_positive_rate", Counts::false_positive_rate),
    ("false_negative_rate", Counts::false_negative_rate),
];
const AFTER_AUC: [Counted; 6] = [
    ("f0_5", |counts| counts.f_beta(0.5)),
    ("f1", |counts| counts.f_beta(1.0)),
    ("f2", |counts| counts.f_beta(2.0)),
    ("f0_5_best_constant_classifier", |counts| {
        counts.constant().f_beta(0.5)
    }),
    ("f1_best_constant_classifier", |counts| {
        counts.constant().f_beta(1.0)
    }),
    ("f2_best_constant_classifier", |counts| {
        counts.constant().f_beta(2.0)
    }),
];

/// All metrics of a state.
pub(super) fn measure(state: &BinaryState, ranks: Option<&Ranks>, classes: [&str; 2]) -> Measured {
    let cells = state.tallies();
    let scored = state.totals().rows();
    let counts = Counts::of(&cells, |cell| cell.all);
    let samples: [Counts; SAMPLES] =
        std::array::from_fn(|sample| Counts::of(&cells, |cell| cell.samples[sample]));
    let rows = counts.rows();
    let counted = |(metric, of): Counted| {
        let deviation = standard_deviation(rows, samples.map(|counts| of(&counts).value));
        of(&counts).figure(metric).deviating(deviation)
    };
    let probabilities = state.probabilities.as_deref();
    let mut figures = Vec::with_capacity(24);
    figures.extend(BEFORE_AUC.map(counted));
    figures.push(auc(rows, ranks));
    figures.extend(AFTER_AUC.map(counted));
    figures.push(pr_auc(rows, ranks));
    figures.extend(of_probabilities(rows, scored, probabilities));
    figures.push(counted(("balanced_accuracy", Counts::balanced_accuracy)));
    figures.push(counted(("mcc", Counts::mcc)));
    figures.push(calibration_error(rows, scored, probabilities));
    figures.push(counted(("base_rate", Counts::base_rate)));
    let cell = |actual: usize, predicted: usize| {
        let count = cells[actual][predicted].all;
        (
            classes[actual].to_owned(),
            classes[predicted].to_owned(),
            count,
        )
    };
    Measured {
        rows,
        figures,
        confusion: vec![cell(0, 0), cell(0, 1), cell(1, 0), cell(1, 1)],
        classes: classes.map(str::to_owned).to_vec(),
        curves: ranks.and_then(|ranks| ranks.curves.clone()),
        calibration: probabilities.map_or_else(Vec::new, |known| known.calibration.finish()),
    }
}

/// Why a metric of probabilities is undefined where no row has one.
fn nothing_known(rows: u64) -> Reason {
    if rows == 0 {
        Reason::NoRows
    } else {
        Reason::NoProbability
    }
}

fn auc(rows: u64, ranks: Option<&Ranks>) -> Figure {
    let Some(ranks) = ranks.filter(|ranks| ranks.totals.rows() > 0) else {
        return Figure::undefined("auc", 0, nothing_known(rows));
    };
    let n = ranks.totals.rows();
    match ranks.auc {
        Some(auc) => Figure::new("auc", auc, n)
            .deviating(standard_deviation(n, ranks.sample_aucs))
            .within(ranks.auc_interval),
        None if ranks.totals.positives.all == 0 => Figure::undefined("auc", n, Reason::NoPositives),
        None => Figure::undefined("auc", n, Reason::NoNegatives),
    }
}

fn pr_auc(rows: u64, ranks: Option<&Ranks>) -> Figure {
    let Some(ranks) = ranks.filter(|ranks| ranks.totals.rows() > 0) else {
        return Figure::undefined("pr_auc", 0, nothing_known(rows));
    };
    let n = ranks.totals.rows();
    match ranks.pr_auc {
        Some(area) => Figure::new("pr_auc", area, n).within(ranks.pr_auc_interval),
        None => Figure::undefined("pr_auc", n, Reason::NoPositives),
    }
}

/// Means over the rows, and how far they may be off.
fn of_probabilities(rows: u64, n: u64, probabilities: Option<&Probabilities>) -> [Figure; 2] {
    let Some(known) = probabilities else {
        return ["log_loss", "brier_score"]
            .map(|metric| Figure::undefined(metric, 0, nothing_known(rows)));
    };
    let mean_of = |metric: &'static str, sum: &ExactSum, squares: FixedSum, most: f64| {
        let sum = sum.value();
        let mean = sum / n as f64;
        let variance = (squares.value() - sum * mean).max(0.0) / n.saturating_sub(1) as f64;
        let interval = Interval::of_mean(mean, variance, n).map(|interval| Interval {
            low: interval.low.max(0.0),
            high: interval.high.min(most),
        });
        Figure::new(metric, mean, n).within(interval)
    };
    let largest_loss = -libm::log(f64::EPSILON);
    [
        mean_of(
            "log_loss",
            &known.log_loss,
            known.square_of_log_loss,
            largest_loss,
        ),
        mean_of(
            "brier_score",
            &known.squared_error,
            known.square_of_squared_error,
            1.0,
        ),
    ]
}

/// The delta method: the error is the mean over rows of `p - y` with the sign of their bin, and that has the Brier score as
/// the mean of its squares.
fn calibration_error(rows: u64, n: u64, probabilities: Option<&Probabilities>) -> Figure {
    const METRIC: &str = "expected_calibration_error";
    let known = probabilities.and_then(|known| Some((known, known.calibration.error()?)));
    let Some((known, error)) = known else {
        return Figure::undefined(METRIC, 0, nothing_known(rows));
    };
    let variance = (known.squared_error.value() / n as f64 - error * error).max(0.0);
    let interval = Interval::around(error, (variance / n as f64).sqrt(), 0.0, 1.0);
    // One row says nothing of how rows differ.
    Figure::new(METRIC, error, n).within((n > 1).then_some(interval))
}

"""Writes binary.json: seeded cases of a binary classifier and what scikit-learn, scipy and a direct DeLong say of them.

    python3 binary.py        # scikit-learn 1.9.1
"""

import json
import pathlib
import warnings

import numpy
from scipy.stats import binomtest, t
from sklearn import metrics
from sklearn.calibration import calibration_curve

warnings.filterwarnings("ignore")

EPSILON = numpy.finfo(float).eps


def delong(label, score):
    """AUC and its variance by DeLong, DeLong and Clarke-Pearson (1988), over all pairs."""
    positive, negative = score[label == 1], score[label == 0]
    above = positive[:, None] > negative[None, :]
    equal = positive[:, None] == negative[None, :]
    pairs = above + 0.5 * equal
    auc = pairs.mean()
    if len(positive) < 2 or len(negative) < 2:
        return auc, None
    of_positive = pairs.mean(axis=1)
    of_negative = pairs.mean(axis=0)
    variance = of_positive.var(ddof=1) / len(positive) + of_negative.var(ddof=1) / len(negative)
    return auc, variance


def wilson(successes, trials):
    if trials == 0:
        return None
    interval = binomtest(int(successes), int(trials)).proportion_ci(method="wilson")
    return [interval.low, interval.high]


def log_loss_of_rows(label, score):
    return -numpy.log(numpy.clip(numpy.where(label == 1, score, 1 - score), EPSILON, 1 - EPSILON))


def calibration_error(label, score):
    """Expected calibration error by its definition, and the delta method's interval from signed rows."""
    number = numpy.searchsorted(numpy.linspace(0, 1, 11)[1:-1], score)
    error, signed = 0.0, numpy.zeros(len(score))
    for b in range(10):
        inside = number == b
        if inside.any():
            gap = score[inside].mean() - label[inside].mean()
            error += inside.mean() * abs(gap)
            signed[inside] = numpy.sign(gap) * (score[inside] - label[inside])
    half = 1.959963984540054 * signed.std() / len(score) ** 0.5
    return error, [max(error - half, 0.0), min(error + half, 1.0)]


def f_beta(beta):
    k = 1 + beta**2
    return lambda tn, fp, fn, tp: k * tp / (k * tp + beta**2 * fn + fp)


OF_CELLS = {
    "f0_5": (f_beta(0.5), 0),
    "f1": (f_beta(1), 0),
    "f2": (f_beta(2), 0),
    "balanced_accuracy": (lambda tn, fp, fn, tp: (tp / (tp + fn) + tn / (tn + fp)) / 2, 0),
    "mcc": (
        lambda tn, fp, fn, tp: (tp * tn - fp * fn) / numpy.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)),
        -1,
    ),
}


def of_cells(function, cells, least):
    """The multinomial delta method at four more rows, with derivatives by complex steps."""
    n = sum(cells) + 4
    shares = (numpy.array(cells) + 1) / n
    slopes = numpy.array([function(*(shares + 1e-30j * unit)).imag / 1e-30 for unit in numpy.eye(4)])
    covariance = numpy.diag(shares) - numpy.outer(shares, shares)
    half = 1.959963984540054 * (slopes @ covariance @ slopes / n) ** 0.5
    value = float(function(*(numpy.array(cells, dtype=float))))
    return [max(value - half, least), min(value + half, 1.0)]


def expect(label, predicted, score):
    tn, fp, fn, tp = (int(c) for c in metrics.confusion_matrix(label, predicted, labels=[0, 1]).ravel())
    values = {
        "recall": metrics.recall_score(label, predicted, zero_division=0),
        "precision": metrics.precision_score(label, predicted, zero_division=0),
        "accuracy": metrics.accuracy_score(label, predicted),
        "f0_5": metrics.fbeta_score(label, predicted, beta=0.5, zero_division=0),
        "f1": metrics.fbeta_score(label, predicted, beta=1, zero_division=0),
        "f2": metrics.fbeta_score(label, predicted, beta=2, zero_division=0),
        "log_loss": metrics.log_loss(label, score, labels=[0, 1]),
        "brier_score": metrics.brier_score_loss(label, score, labels=[0, 1], pos_label=1),
    }
    intervals = {
        "recall": wilson(tp, tp + fn),
        "precision": wilson(tp, tp + fp),
        "accuracy": wilson(tp + tn, len(label)),
        "true_negative_rate": wilson(tn, tn + fp),
        "false_positive_rate": wilson(fp, tn + fp),
        "false_negative_rate": wilson(fn, tp + fn),
        "base_rate": wilson(tp + fn, len(label)),
    }
    name = "expected_calibration_error"
    values[name], intervals[name] = calibration_error(label, score)
    for name, row in (("brier_score", (score - label) ** 2), ("log_loss", log_loss_of_rows(label, score))):
        half = t.ppf(0.975, len(row) - 1) * row.std(ddof=1) / len(row) ** 0.5
        most = 1.0 if name == "brier_score" else -numpy.log(EPSILON)
        intervals[name] = [max(float(row.mean() - half), 0.0), min(float(row.mean() + half), float(most))]
    if tp + fn > 0 and tp + fp > 0:
        both = 0 < tp + fn < len(label) and 0 < tp + fp < len(label)
        for name, (function, least) in OF_CELLS.items():
            if both or name.startswith("f"):
                intervals[name] = of_cells(function, [tn, fp, fn, tp], least)
    expected = {"values": values, "intervals": intervals, "confusion": [tn, fp, fn, tp]}
    rate, mean = calibration_curve(label, score, n_bins=10) if 0 < label.sum() < len(label) else ([], [])
    expected["calibration"] = [[float(m), float(r)] for m, r in zip(mean, rate)]
    if tp + fn > 0:
        values["pr_auc"] = metrics.average_precision_score(label, score)
    if 0 < tp + fn < len(label):
        values["auc"] = metrics.roc_auc_score(label, score)
        values["balanced_accuracy"] = metrics.balanced_accuracy_score(label, predicted)
        if 0 < tp + fp < len(label):
            values["mcc"] = metrics.matthews_corrcoef(label, predicted)
        auc, variance = delong(label, score)
        assert abs(auc - values["auc"]) < 1e-12
        expected["delong_variance"] = variance
        if len(label) <= 1000:
            fpr, tpr, thresholds = metrics.roc_curve(label, score, drop_intermediate=False)
            expected["roc"] = [fpr[1:].tolist(), tpr[1:].tolist(), thresholds[1:].tolist()]
            precision, recall, _ = metrics.precision_recall_curve(label, score)
            expected["pr"] = [precision[-2::-1].tolist(), recall[-2::-1].tolist()]
    values = {name: float(value) for name, value in values.items()}
    return {**expected, "values": values}


def case(name, label, score, threshold=0.5, generator=None):
    label, score = numpy.asarray(label, dtype=int), numpy.asarray(score, dtype=float)
    predicted = (score >= threshold).astype(int)
    rows = generator or {"label": label.tolist(), "score": score.tolist()}
    return {"name": name, "threshold": threshold, "rows": rows, **expect(label, predicted, score)}


def cases():
    random = numpy.random.default_rng(20210505)
    for n in (50, 200, 500):
        score = random.random(n)
        yield case(f"calibrated, {n} rows", random.random(n) < score, score)
        yield case(f"no skill, {n} rows", random.random(n) < 0.3, score, 0.7)
    tied = random.integers(0, 11, 400) / 10
    yield case("ties on the edges of bins", random.random(400) < tied, tied)
    few = random.integers(0, 4, 120) / 3
    yield case("four scores, 0 and 1 among them", random.random(120) < 0.2 + 0.6 * few, few)
    yield case("everything tied", random.random(60) < 0.4, numpy.full(60, 0.25), 0.2)
    score = random.random(50)
    yield case("positives only", numpy.ones(50), score)
    yield case("negatives only", numpy.zeros(50), score)
    yield case("perfectly separated", score > 0.6, score, 0.6)
    yield case("perfectly wrong", score < 0.6, score, 0.6)
    yield case("nothing predicted positive", score > 0.3, score / 2, 0.9)
    yield case("certain and wrong", [0, 1, 0, 1, 1, 0], [1, 0, 0, 1, 1, 0])
    yield case("two rows", [0, 1], [0.4, 0.6])
    n = 10_000
    rows = numpy.arange(n)
    generator = {"n": n, "positive": 9_000}
    yield case("one positive in 10,000", rows == 9_000, rows / n, generator=generator)


if __name__ == "__main__":
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases()) + "\n]\n")

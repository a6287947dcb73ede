"""Writes regression.json: seeded cases and what scikit-learn, numpy and scipy make of them.

Run with scikit-learn 1.9, numpy and scipy: python3 regression.py
"""

import json
import math
import pathlib

import numpy as np
from scipy import stats
from sklearn import metrics

SHARES = {"residual_p05": 0.05, "residual_p25": 0.25, "residual_p50": 0.5, "residual_p75": 0.75, "residual_p95": 0.95}


def cases():
    random = np.random.default_rng(20260730)

    def noisy(n, scale, location=0.0, noise=0.5):
        actual = random.normal(location, scale, n)
        return actual, actual + random.normal(0.1 * scale, noise * scale, n)

    yield "normal", *noisy(250, 1.0)
    yield "worse_than_the_mean", *noisy(120, 3.0, noise=2.0)
    yield "far_from_zero", *noisy(150, 1.0, location=1e4)
    yield "small", *noisy(60, 1e-30)
    yield "large", *noisy(60, 1e30)
    actual = random.lognormal(0, 3, 150)
    yield "heavy_tail", actual, actual * random.lognormal(0, 0.5, 150)
    yield "integers_with_ties_and_zeros", random.integers(0, 5, 100).astype(float), random.integers(0, 5, 100).astype(float)
    yield "integers_without_zeros", random.integers(1, 6, 100).astype(float), random.integers(1, 6, 100).astype(float)
    yield "constant_labels", np.full(30, 2.5), random.normal(2.5, 1, 30)
    yield "perfect", *(lambda actual: (actual, actual))(random.normal(0, 1, 40))
    yield "negative", *noisy(40, 2.0, location=-50.0)
    for n in (1, 2, 3, 5, 6, 10, 31):
        yield f"rows_{n}", *noisy(n, 1.0, location=3.0)


def student(rows):
    mean, error = np.mean(rows), stats.sem(rows) if len(rows) > 1 else 0.0
    if len(rows) < 2:
        return None
    if error == 0.0:
        return [mean, mean]
    return list(stats.t.interval(0.95, len(rows) - 1, loc=mean, scale=error))


def positive(interval):
    return interval and [max(interval[0], 0.0), interval[1]]


def r2_interval(actual, error):
    """Influence of each row on 1 - mean(e^2) / var(a)."""
    if len(actual) < 2 or np.var(actual) == 0:
        return None
    centred, ratio = actual - actual.mean(), np.mean(error**2) / np.var(actual)
    influence = (error**2 - ratio * centred**2) / np.var(actual)
    half = stats.norm.ppf(0.975) * math.sqrt(np.mean(influence**2) / len(actual))
    return [1 - ratio - half, min(1 - ratio + half, 1.0)]


def quantile_interval(rows, share):
    """Binomial ranks; none where the least or greatest of the rows bounds nothing."""
    ranked, n = np.sort(rows), len(rows)
    if stats.binom.pmf(0, n, share) > 0.025 or stats.binom.pmf(n, n, share) > 0.025:
        return None
    half = stats.norm.ppf(0.975) * stats.binom.std(n, share)
    low = max(math.floor(n * share - half), 1)
    high = min(math.ceil(n * share + half) + 1, n)
    return [ranked[low - 1], ranked[high - 1]]


def expected(actual, predicted):
    error, n = predicted - actual, len(actual)
    absolute = np.abs(error)
    mse = positive(student(error**2))
    constant = np.ptp(actual) == 0
    mape = None if (actual == 0).any() else np.mean(np.abs(error / actual))
    # scikit-learn divides by 2.2e-16 where a label is smaller.
    if mape is not None and (np.abs(actual) > np.finfo(float).eps).all():
        mape = metrics.mean_absolute_percentage_error(actual, predicted)
    figures = {
        "mae": (metrics.mean_absolute_error(actual, predicted), positive(student(absolute))),
        "mse": (metrics.mean_squared_error(actual, predicted), mse),
        "rmse": (metrics.root_mean_squared_error(actual, predicted), mse and [math.sqrt(end) for end in mse]),
        "r2": (0.0 if constant else metrics.r2_score(actual, predicted), r2_interval(actual, error)),
        "bias": (np.mean(error), student(error)),
        "mape": (mape, None if mape is None else positive(student(np.abs(error / actual)))),
        "median_absolute_error": (
            metrics.median_absolute_error(actual, predicted),
            quantile_interval(absolute, 0.5),
        ),
    }
    for name, share in SHARES.items():
        figures[name] = (np.quantile(error, share), quantile_interval(error, share))
    return [
        {"metric": name, "value": None if value is None else float(value), "interval": interval and [float(end) for end in interval]}
        for name, (value, interval) in figures.items()
    ]


written = [
    {"name": name, "actual": actual.tolist(), "predicted": predicted.tolist(), "expected": expected(actual, predicted)}
    for name, actual, predicted in cases()
]
text = "[\n" + ",\n".join(json.dumps(case, allow_nan=False) for case in written) + "\n]\n"
pathlib.Path(__file__).with_suffix(".json").write_text(text)

"""Writes multiclass.json: small seeded cases and what scikit-learn 1.9.1 says of them.

python3 multiclass.py > multiclass.json
"""

import json
import sys
import warnings

import numpy as np
from sklearn import metrics

warnings.filterwarnings("ignore")


def expected(actual, predicted):
    classes = sorted(set(actual) | set(predicted))
    averages = {"zero_division": 0}
    result = {"accuracy": metrics.accuracy_score(actual, predicted)}
    result["weighted_recall"] = metrics.recall_score(actual, predicted, average="weighted", **averages)
    result["weighted_precision"] = metrics.precision_score(actual, predicted, average="weighted", **averages)
    labels, counts = np.unique(actual, return_counts=True)
    constant = [str(labels[np.argmax(counts)])] * len(actual)
    for name, against in (("", predicted), ("_best_constant_classifier", constant)):
        result["accuracy" + name] = metrics.accuracy_score(actual, against)
        result["weighted_recall" + name] = metrics.recall_score(actual, against, average="weighted", **averages)
        result["weighted_precision" + name] = metrics.precision_score(actual, against, average="weighted", **averages)
        for beta, label in ((0.5, "0_5"), (1, "1"), (2, "2")):
            result[f"weighted_f{label}{name}"] = metrics.fbeta_score(
                actual, against, beta=beta, average="weighted", **averages
            )
    result["macro_recall"] = metrics.recall_score(actual, predicted, average="macro", **averages)
    result["macro_precision"] = metrics.precision_score(actual, predicted, average="macro", **averages)
    result["macro_f1"] = metrics.f1_score(actual, predicted, average="macro", **averages)
    one_class = len(set(actual)) == 1 or len(set(predicted)) == 1
    result["mcc"] = None if one_class else metrics.matthews_corrcoef(actual, predicted)
    table = metrics.precision_recall_fscore_support(actual, predicted, labels=classes, zero_division=0)
    for name, precision, recall, f1, support in zip(classes, *table):
        result[f"precision({name})"] = float(precision) if name in predicted else None
        result[f"recall({name})"] = float(recall) if name in actual else None
        result[f"f1({name})"] = float(f1)
        result[f"support({name})"] = float(support)
    return {name: None if value is None else float(value) for name, value in result.items()}


def case(name, actual, predicted):
    actual = [str(value) for value in actual]
    predicted = [str(value) for value in predicted]
    return {"name": name, "actual": actual, "predicted": predicted, "expected": expected(actual, predicted)}


def main():
    draw = np.random.default_rng(20260821)
    cases = [
        case("ties of the majority", ["a", "a", "b", "b", "c"], ["a", "b", "b", "c", "c"]),
        case("a class that is never predicted", [0, 1, 2, 2, 1, 0], [0, 1, 1, 0, 1, 0]),
        case("a class that is never a label", [0, 1, 0, 1, 1, 0], [0, 2, 2, 1, 1, 0]),
        case("no class in common", ["x", "y", "x"], ["u", "v", "v"]),
        case("one label", [1, 1, 1, 1], [1, 0, 1, 2]),
        case("one prediction", [1, 0, 2, 1], [1, 1, 1, 1]),
        case("one row", ["only"], ["only"]),
        case("all right", list("abcabcab"), list("abcabcab")),
        case("all wrong", list("abc" * 4), list("bca" * 4)),
        case("words and numbers", ["10", "9", "cat", "9"], ["9", "9", "10", "cat"]),
    ]
    for classes, rows, skill in ((3, 60, 0.7), (5, 250, 0.4), (10, 400, 0.9), (40, 300, 0.6)):
        shares = draw.dirichlet(np.full(classes, 0.7))
        actual = draw.choice(classes, size=rows, p=shares)
        noise = draw.integers(0, classes, size=rows)
        predicted = np.where(draw.random(rows) < skill, actual, noise)
        cases.append(case(f"{classes} classes", actual.tolist(), predicted.tolist()))
    json.dump(cases, sys.stdout, separators=(",", ":"))
    sys.stdout.write("\n")


main()

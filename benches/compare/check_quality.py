"""Whether all sides of job E measured the same: reads a request as JSON on stdin, prints the findings as JSON.

The sides' figures are compared with the first one's, groundline's: the AUC to 1e-12, the four confusion counts to the
unit. A side that counts by hour is summed over the hours.
"""

import json
import sys

AUC_ERROR = 1e-12
# Of a confusion matrix, outer class the actual one (as in SageMaker's statistics.json).
CELLS = {"tp": ("1", "1"), "fp": ("0", "1"), "tn": ("0", "0"), "fn": ("1", "0")}


def objects(value):
    """Every object at any depth, outermost first."""
    waiting = [value]
    for value in waiting:
        if isinstance(value, dict):
            yield value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def auc_of(document):
    """Of the object whose `metric` is auc, or `"auc": {"value": x}` as in statistics.json."""
    for found in objects(document):
        if found.get("metric") == "auc":
            return found["value"]
        if "auc" in found:
            return found["auc"]["value"]
    raise SystemExit("no auc in groundline's output")


def counts_of(document):
    """Of `confusion_matrix` as in statistics.json, or of a list `confusion` of actual class, predicted class, count."""
    for found in objects(document):
        if "confusion_matrix" in found:
            matrix = found["confusion_matrix"]
            return {cell: matrix[actual][predicted] for cell, (actual, predicted) in CELLS.items()}
        if "confusion" in found:
            rows = [row.values() if isinstance(row, dict) else row for row in found["confusion"]]
            counts = {(actual, predicted): count for actual, predicted, count in rows}
            return {cell: counts[classes] for cell, classes in CELLS.items()}
    raise SystemExit("no confusion counts in groundline's output")


def figures(path):
    with open(path) as file:
        document = json.load(file)
    if "hours" in document:  # a peer's
        auc, counts = document["auc"], {cell: sum(hour[cell] for hour in document["hours"]) for cell in CELLS}
    else:
        auc, counts = auc_of(document), counts_of(document)
    return {"rows": sum(counts.values()), **counts, "auc": auc}


def problems(ours, theirs):
    found = [f"{name}: {theirs[name]}, groundline has {ours[name]}" for name in CELLS if theirs[name] != ours[name]]
    if not (ours["auc"] is not None and theirs["auc"] is not None and abs(ours["auc"] - theirs["auc"]) <= AUC_ERROR):
        found.append(f"auc: {theirs['auc']}, groundline has {ours['auc']}")
    return found


def check(job):
    findings = {}
    ours = None
    for side in job["sides"]:
        measured = figures(side["files"][0])
        finding = {"figures": measured, "problems": [], "note": f"auc {measured['auc']}", "same as": None}
        findings[side["name"]] = finding
        if ours is None:
            ours = measured
        else:
            finding["problems"] = problems(ours, measured)
    return findings


if __name__ == "__main__":
    json.dump(check(json.load(sys.stdin)), sys.stdout)

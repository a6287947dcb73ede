"""Whether all sides of job E measured the same: reads a request as JSON on stdin, prints the findings as JSON.

The sides' figures are compared with the first one's, groundline's: the AUC to 1e-12, the four confusion counts to the
unit. A side that counts by hour is summed over the hours.
"""

import json
import sys

AUC_ERROR = 1e-12
# Actual class, predicted class.
CELLS = {"tp": ("1", "1"), "fp": ("0", "1"), "tn": ("0", "0"), "fn": ("1", "0")}


def auc_of(group):
    [auc] = [figure["value"] for figure in group["metrics"] if figure["metric"] == "auc"]
    return auc


def counts_of(group):
    counts = {(cell["actual"], cell["predicted"]): cell["count"] for cell in group["confusion_matrix"]}
    return {cell: counts[classes] for cell, classes in CELLS.items()}


def figures(path):
    with open(path) as file:
        document = json.load(file)
    if "hours" in document:  # a peer's
        auc, counts = document["auc"], {cell: sum(hour[cell] for hour in document["hours"]) for cell in CELLS}
    else:
        [group] = document["groups"]
        auc, counts = auc_of(group), counts_of(group)
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

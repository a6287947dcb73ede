#!/usr/bin/env python3
"""Every execution of an hourly schedule against a plain computation from captures and labels.

Usage: check.py DATA RUNS.json

DATA is what `groundline synth` wrote, RUNS.json what `groundline runs list --output json` printed. Shares no code with the
program: JSON, a dictionary of labels, counts. Prints how many executions and figures it compared; status 1 on a difference.
"""

import glob
import json
import os
import sys
from datetime import datetime, timedelta, timezone

HOUR = timedelta(hours=1)


def hour_of(path):
    year, month, day, hour = path.split(os.sep)[-5:-1]
    return datetime(int(year), int(month), int(day), int(hour), tzinfo=timezone.utc)


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def records(folder):
    for path in sorted(glob.glob(f"{folder}/**/*.jsonl", recursive=True)):
        with open(path, "rb") as file:
            for line in file:
                if line.strip():
                    yield hour_of(path), json.loads(line)


def main(data, runs_file):
    labels = {}
    for hour, record in records(f"{data}/labels"):
        key = record["eventMetadata"]["eventId"]
        labels.setdefault(key, []).append((hour, record["groundTruthData"]["data"]))
    predictions = {}
    for hour, record in records(f"{data}/captures"):
        meta = record["eventMetadata"]
        key = meta.get("inferenceId") or meta["eventId"]
        output = record["captureData"].get("endpointOutput", {}).get("data")
        if not output:
            continue
        probability = float(output.split(",")[0])
        predictions.setdefault(hour, []).append((key, probability))
    with open(runs_file) as file:
        runs = json.load(file)
    compared, wrong, restated = 0, [], 0
    for run in runs:
        start, end = (instant(run[side] + ":00:00Z") for side in ("window", "window_end"))
        as_of = instant(run["as_of"])
        tp = fp = tn = fn = seen = 0
        hour = start
        while hour < end:
            for key, probability in predictions.get(hour, []):
                seen += 1
                # In label order; collected from a day before the hour on, in folders that had begun by `as_of`.
                known = [
                    text
                    for collected, text in labels.get(key, [])
                    if hour - 24 * HOUR <= collected <= as_of
                ]
                # The last label counts, and one without a value says nothing.
                if not known or known[-1] in (None, ""):
                    continue
                actual, predicted = known[-1] == "1", probability >= 0.5
                tp += actual and predicted
                fp += not actual and predicted
                tn += not actual and not predicted
                fn += actual and not predicted
            hour += HOUR
        labelled = tp + fp + tn + fn

        def ratio(over, under):
            return over / under if under else 0.0

        expected = {
            "accuracy": ratio(tp + tn, labelled),
            "recall": ratio(tp, tp + fn),
            "precision": ratio(tp, tp + fp),
            "false_positive_rate": ratio(fp, fp + tn),
            "f1": ratio(2 * tp, 2 * tp + fp + fn),
        }
        found = {figure["metric"]: figure["value"] for figure in run["figures"]}
        for name, value in (("predictions", seen), ("labelled", labelled)):
            compared += 1
            if run[name] != value:
                wrong.append((run["id"], name, run[name], value))
        for metric, value in expected.items():
            compared += 1
            if labelled and abs((found.get(metric) or 0.0) - value) > 1e-12:
                wrong.append((run["id"], metric, found.get(metric), value))
        restated += run["restatements"] > 0
        # What was waited for is marked as such, and nothing else is.
        age = (instant(run["as_of"]) - end) / HOUR
        complete = seen and labelled / seen >= 0.9
        if run["provisional"] and (complete or age >= 7 * 24):
            wrong.append((run["id"], "provisional", True, False))
    print(f"{len(runs)} executions, {restated} of them restated, {compared} numbers compared, {len(wrong)} differ")
    for one in wrong[:10]:
        print(*one)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

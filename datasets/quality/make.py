#!/usr/bin/env python3
"""Wrote the files of this folder. Nobody needs to run it: what it writes is committed.

    python3 datasets/quality/make.py

Python's standard library only; the same seed gives the same bytes.
"""

import json
import random
import shutil
import uuid
from datetime import datetime, timedelta
from pathlib import Path

HERE = Path(__file__).parent
RANDOM = random.Random(20260323)
FIRST_HOUR = datetime(2026, 3, 2)
HOURS, HEALTHY_HOURS = 48, 24
BASELINE_ROWS = 600
# Of a hundred applications of the second day, those that come without debts.
WITHOUT_DEBTS = 50

# A team's own, round numbers a little worse than the baseline's values.
CONSTRAINTS = {
    "recall": (0.7, "LessThanThreshold"),
    "precision": (0.7, "LessThanThreshold"),
    "accuracy": (0.82, "LessThanThreshold"),
    "true_positive_rate": (0.7, "LessThanThreshold"),
    "true_negative_rate": (0.87, "LessThanThreshold"),
    "false_positive_rate": (0.13, "GreaterThanThreshold"),
    "false_negative_rate": (0.3, "GreaterThanThreshold"),
    "auc": (0.9, "LessThanThreshold"),
    "f0_5": (0.7, "LessThanThreshold"),
    "f1": (0.7, "LessThanThreshold"),
    "f2": (0.7, "LessThanThreshold"),
}


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def write(path, text):
    path = HERE / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, newline="")


def lines(records):
    return "".join(record + "\n" for record in records)


def new_id():
    return str(uuid.UUID(int=RANDOM.getrandbits(128), version=4))


def folder(hour):
    return hour.strftime("%Y/%m/%d/%H")


class Application:
    """Monthly income, debts as a share of the yearly one, late payments; who has much debt and paid late defaults.

    The model's score is calibrated for the debts that it is told of; a drifted application may say none, and the
    applicant has them all the same.
    """

    def __init__(self, drifted=False):
        self.income = RANDOM.randint(12, 80) * 100
        debts = RANDOM.randint(0, 90) / 100
        self.late = RANDOM.choice([0, 0, 0, 1, 1, 2, 4])
        self.told = 0.0 if drifted and RANDOM.randrange(100) < WITHOUT_DEBTS else debts
        self.score = round(self.risk(self.told), 4)
        self.prediction = int(self.score >= 0.5)
        self.defaulted = int(RANDOM.random() < self.risk(debts))

    def risk(self, debts):
        risk = 1.9 * debts + 0.2 * self.late - self.income / 12_000 - 0.55
        return min(max(risk, 0.01), 0.99)

    def csv(self):
        return f"{self.income},{self.told},{self.late}"


def capture(application, inference_id, time):
    def payload(mode, data):
        return {"observedContentType": "text/csv", "mode": mode, "data": data, "encoding": "CSV"}

    return {
        "captureData": {
            "endpointInput": payload("INPUT", application.csv()),
            "endpointOutput": payload("OUTPUT", str(application.score)),
        },
        "eventMetadata": {
            "eventId": new_id(),
            "inferenceId": inference_id,
            "inferenceTime": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        "eventVersion": "0",
    }


def label(key, application):
    return {
        "groundTruthData": {"data": str(application.defaulted), "encoding": "CSV"},
        "eventMetadata": {"eventId": key},
        "eventVersion": "0",
    }


def endpoint():
    """An hour a file; of a hundred calls 93 get a label, two to four hours later."""
    labels = {}
    number = 0
    for passed in range(HOURS):
        hour = FIRST_HOUR + timedelta(hours=passed)
        seconds = sorted(RANDOM.sample(range(3600), RANDOM.randint(34, 42)))
        calls = []
        for second in seconds:
            application = Application(drifted=passed >= HEALTHY_HOURS)
            number += 1
            key = f"app-{number:04}"
            calls.append(compact(capture(application, key, hour + timedelta(seconds=second))))
            if RANDOM.randrange(100) < 93:
                collected = hour + timedelta(hours=RANDOM.randint(2, 4))
                labels.setdefault(collected, []).append(compact(label(key, application)))
        first = f"{seconds[0] // 60:02}-{seconds[0] % 60:02}-{RANDOM.randrange(1000):03}"
        write(f"captures/credit-prod/AllTraffic/{folder(hour)}/{first}-{new_id()}.jsonl", lines(calls))
    for hour, records in labels.items():
        write(f"labels/{folder(hour)}/labels.jsonl", lines(records))


def baseline():
    """A validation set from before the first day, healthy, and the constraints that a team set by it."""
    rows = [Application() for _ in range(BASELINE_ROWS)]
    table = [f"{row.score},{row.prediction},{row.defaulted}" for row in rows]
    write("baseline.csv", lines(["probability,prediction,label", *table]))
    constraints = {
        name: {"threshold": threshold, "comparison_operator": operator}
        for name, (threshold, operator) in CONSTRAINTS.items()
    }
    document = {"version": 0.0, "binary_classification_constraints": constraints}
    write("constraints.json", json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    for name in ("captures", "labels"):
        shutil.rmtree(HERE / name, ignore_errors=True)
    baseline()
    endpoint()

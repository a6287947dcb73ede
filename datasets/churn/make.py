#!/usr/bin/env python3
"""Wrote the files of this folder. Nobody needs to run it: what it writes is committed.

    python3 datasets/churn/make.py

Python's standard library only; the same seed gives the same bytes.
"""

import base64
import json
import random
import shutil
import uuid
from pathlib import Path

HERE = Path(__file__).parent
RANDOM = random.Random(20250302)
CONTENT_TYPE = {"CSV": "text/csv", "JSON": "application/json", "BASE64": "application/octet-stream"}


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


def to_base64(text):
    return base64.b64encode(text.encode()).decode()


class Customer:
    """Months with us, monthly minutes, calls to support; who calls a lot and is new leaves."""

    def __init__(self):
        self.months = RANDOM.randint(1, 72)
        self.minutes = RANDOM.randint(200, 3000) / 10
        self.calls = RANDOM.choice([0, 0, 1, 1, 2, 3, 5])
        score = 0.15 + 0.16 * self.calls - 0.003 * self.months + RANDOM.uniform(-0.1, 0.1)
        self.score = round(min(max(score, 0.01), 0.99), 4)
        self.left = int(RANDOM.random() < self.score)
        self.value = round(self.months * self.minutes / 40, 2)
        self.predicted_value = round(self.value * RANDOM.uniform(0.85, 1.15), 2)

    def csv(self):
        return f"{self.months},{self.minutes},{self.calls}"

    def features(self):
        return {"features": [self.months, self.minutes, self.calls]}

    def verdict(self):
        return {"predicted_label": int(self.score >= 0.5), "score": self.score}


def capture(time, sides, inference_id=None):
    """One line; `sides` are (data, encoding, content type) of the request and the response."""
    payloads = {}
    for name, mode, (data, encoding, content_type) in zip(
        ("endpointInput", "endpointOutput"), ("INPUT", "OUTPUT"), sides
    ):
        payloads[name] = {
            "observedContentType": content_type or CONTENT_TYPE[encoding],
            "mode": mode,
            "data": data,
            "encoding": encoding,
        }
    metadata = {"eventId": new_id()}
    if inference_id:
        metadata["inferenceId"] = inference_id
    metadata["inferenceTime"] = time
    line = {"captureData": payloads, "eventMetadata": metadata, "eventVersion": "0"}
    return metadata["eventId"], compact(line)


def label(key, data, encoding="CSV"):
    return {
        "groundTruthData": {"data": data, "encoding": encoding},
        "eventMetadata": {"eventId": key},
        "eventVersion": "0",
    }


def endpoint_csv():
    """Endpoint, CSV: calls with an inferenceId, and a few warm-up calls without."""
    labels = {"09": [], "10": [], "late": []}
    number = 0
    for hour in ("08", "09"):
        calls = []
        for minute in range(0, 60, 2):
            customer = Customer()
            warm_up = hour == "08" and minute < 8
            inference_id = None if warm_up else f"call-{number:03}"
            time = f"2025-03-02T{hour}:{minute:02}:{RANDOM.randint(0, 59):02}Z"
            sides = (
                (customer.csv(), "CSV", None),
                (str(customer.score), "CSV", "text/csv; charset=utf-8"),
            )
            calls.append(capture(time, sides, inference_id)[1])
            if warm_up:
                continue
            number += 1
            # Half of the labels come within the hour, a fourth three days later, the others never.
            if number % 4 == 0:
                labels["late"].append(label(inference_id, str(customer.left)))
            elif number % 4 != 3:
                labels[f"{int(hour) + 1:02}"].append(label(inference_id, str(customer.left)))
        for part, chosen in (("00-05-113", calls[:15]), ("30-11-870", calls[15:])):
            write(
                f"captures/churn-prod/AllTraffic/2025/03/02/{hour}/{part}-{new_id()}.jsonl",
                lines(chosen),
            )
    # A file that was uploaded for two hours, so that whichever window runs finds it.
    for hour in ("09", "10"):
        write(f"labels/churn/2025/03/02/{hour}/0900.jsonl", lines(map(compact, labels["09"])))
    write("labels/churn/2025/03/02/10/1000.jsonl", lines(map(compact, labels["10"])).rstrip("\n"))
    # Three days later: the late ones, a correction, and two calls that were never captured.
    first = labels["09"][0]
    flipped = str(1 - int(first["groundTruthData"]["data"]))
    late = labels["late"] + [label(first["eventMetadata"]["eventId"], flipped)]
    late += [label("call-900", "1"), label("call-901", "0")]
    write("labels/churn/2025/03/05/12/late.jsonl", lines(map(compact, late)))


def endpoint_json():
    """Endpoint, JSON, JSON Lines and BASE64: several records in a request."""
    for endpoint, hour in (("churn-json", "08"), ("churn-lines", "08"), ("churn-base64", "09")):
        calls = []
        for number in range(8):
            customers = [Customer() for _ in range(1 + number % 3)]
            truth = [c.left for c in customers]
            requests = [c.features() for c in customers]
            responses = [c.verdict() for c in customers]
            if endpoint == "churn-lines":
                jsonlines = "application/jsonlines"
                sides = (
                    ("\n".join(map(compact, requests)), "JSON", jsonlines),
                    (lines(map(compact, responses)), "JSON", jsonlines),
                )
                # A label for each record, on a line of its own.
                answer = ("\n".join(compact({"label": t}) for t in truth), "JSON")
            elif endpoint == "churn-json":
                sides = (
                    (json.dumps({"instances": requests}), "JSON", None),
                    (json.dumps({"predictions": responses}), "JSON", None),
                )
                answer = (json.dumps({"instances": [{"label": t} for t in truth]}), "JSON")
            else:
                # CSV in; the model said no content type that SageMaker was told of, so BASE64 out.
                sides = (
                    (lines(c.csv() for c in customers), "CSV", None),
                    (
                        to_base64(lines(map(compact, responses))),
                        "BASE64",
                        "text/html; charset=utf-8",
                    ),
                )
                # The labels of several records in one list.
                answer = (compact({"label": truth if len(truth) > 1 else truth[0]}), "JSON")
            time = f"2025-03-02T{hour}:{4 * number:02}:30Z"
            event_id, line = capture(time, sides)
            calls.append(line)
            if number == 5:
                continue
            if endpoint == "churn-json":
                # One record in each file, no newline.
                write(
                    f"labels/churn-json/2025/03/02/10/{event_id}.jsonl",
                    compact(label(event_id, *answer)),
                )
            else:
                path = HERE / f"labels/churn-json/2025/03/02/11/{endpoint}.jsonl"
                before = path.read_text() if path.exists() else ""
                write(path, before + compact(label(event_id, *answer)) + "\n")
        write(
            f"captures-json/{endpoint}/AllTraffic/2025/03/02/{hour}/00-30-000-{new_id()}.jsonl",
            lines(calls),
        )


def batch_csv():
    """Batch transform, CSV with join_source=Input, found through manifests; the job starts at 23:50."""
    bucket = "s3://example-bucket/jobs/nightly"
    rows, truth = [], []
    for number in range(24):
        customer = Customer()
        key = new_id()
        rows.append((customer.csv(), f"{customer.csv()},{customer.score},{key},2025-03-02T23:50:00Z"))
        if number % 5:
            truth.append(compact(label(key, f"{customer.left}.0" if number % 2 else str(customer.left))))
    for part, chosen in (("a", rows[:14]), ("b", rows[14:])):
        write(f"jobs/nightly/in/customers-{part}.csv", lines(row[0] for row in chosen))
        write(f"jobs/nightly/out/customers-{part}.csv.out", lines(row[1] for row in chosen))
    job = new_id()
    for side, end in (("input", ".csv"), ("output", ".csv.out")):
        folder = "in" if side == "input" else "out"
        keys = [f"customers-a{end}", f"customers-b{end}"]
        manifest = [{"prefix": f"{bucket}/{folder}/"}, *keys]
        write(f"jobs/nightly/data-capture/{side}/2025/03/02/23/{job}.json", compact(manifest))
    write("labels/churn-nightly/2025/03/04/00/labels.jsonl", lines(truth))


def batch_json_lines():
    """Batch transform, JSON Lines with the model's answer under SageMakerOutput; labels in one array."""
    rows, truth = [], []
    for number in range(18):
        customer = Customer()
        record = {
            "SageMakerInferenceId": new_id(),
            "SageMakerInferenceTime": "2025-03-03T04:15:00Z",
            "SageMakerOutput": customer.verdict(),
            **customer.features(),
        }
        rows.append(compact(record))
        if number % 6:
            data = json.dumps({"label": customer.left})
            truth.append(label(record["SageMakerInferenceId"], data, "JSON"))
    write("jobs/weekly/customers.jsonl.out", lines(rows))
    write("labels/churn-weekly/2025/03/04/12/labels.jsonl", json.dumps(truth))


def batch_object():
    """Batch transform of one JSON object: one id for all its records."""
    customers = [Customer() for _ in range(12)]
    key = new_id()
    record = {
        "SageMakerInferenceId": key,
        "SageMakerInferenceTime": "2025-03-03T06:00:10Z",
        "SageMakerOutput": {"predictions": [c.verdict() for c in customers]},
        "instances": [c.features() for c in customers],
    }
    write("jobs/single/customers.json.out", compact(record))
    data = json.dumps({"instances": [{"label": c.left} for c in customers]})
    write("labels/churn-single/2025/03/03/07/labels.jsonl", lines([compact(label(key, data, "JSON"))]))


def regression():
    """Endpoint, CSV, a number; labels are JSON numbers where a string belongs, some without eventVersion."""
    calls, truth = [], []
    for number in range(20):
        customer = Customer()
        sides = ((customer.csv(), "CSV", None), (str(customer.predicted_value), "CSV", None))
        event_id, line = capture(f"2025-03-02T10:{3 * number:02}:00Z", sides)
        calls.append(line)
        if number % 7 == 6:
            continue
        record = label(event_id, customer.value)
        if number % 3 == 0:
            del record["eventVersion"]
        truth.append(compact(record))
    write(f"captures/value-prod/blue/2025/03/02/10/00-00-000-{new_id()}.jsonl", lines(calls))
    write("labels/value/2025/03/02/11/labels.jsonl", lines(truth))


if __name__ == "__main__":
    for folder in ("captures", "captures-json", "jobs", "labels"):
        shutil.rmtree(HERE / folder, ignore_errors=True)
    endpoint_csv()
    endpoint_json()
    batch_csv()
    batch_json_lines()
    batch_object()
    regression()

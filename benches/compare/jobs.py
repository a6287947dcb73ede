"""The jobs: what each must produce, whoever does it."""

import os
from dataclasses import dataclass

# Name and type of every column that a job may write; check.py casts to these before it compares.
TYPES = {
    "key": "text",
    "event_id": "text",
    "inference_id": "text",
    "inference_time": "time",
    "input": "text",
    "output": "text",
    "probability": "double",
    "label": "text",
    "hour": "time",
    "record_index": "bigint",
    "input_encoding": "text",
    "output_encoding": "text",
    "prediction": "text",
    "prediction_value": "double",
    "label_value": "double",
    "label_hour": "time",
    "label_file": "text",
    "file": "text",
}

COUNTS = dict.fromkeys(("tp", "fp", "tn", "fn"), "bigint")

# The twenty columns of an input of `groundline synth`: five kinds of value, four times.
FEATURES = {f"feature_{n}": "double" if n % 5 in (1, 3) else "bigint" for n in range(20)}

MERGED = ("key", "event_id", "inference_id", "inference_time", "input", "output", "probability", "label")
WITHOUT_INPUT = tuple(column for column in MERGED if column != "input")
# All columns of an hour file but the two byte offsets, which no peer's reader has.
OBSERVATION = (
    "key", "event_id", "inference_id", "inference_time", "hour", "record_index", "input", "input_encoding", "output",
    "output_encoding", "prediction", "prediction_value", "probability", "label", "label_value", "label_hour",
    "label_file", "file",
)  # fmt: skip
CONFUSION = ("hour", "tp", "fp", "tn", "fn")
WITH_FEATURES = ("key", "inference_time", "probability", "label", *FEATURES)

# Below the data folder, made by corpus.py: each label in a file of its own.
ONE_PER_FILE = "labels-one-per-file"
# Below the data folder, made by late_labels.py: the label files that arrive late in job F.
LATE_LABELS = "late-labels"
# Below the data folder, made by observations.py: the rows of job E, and how many of them.
OBSERVATIONS = "observations.parquet"
ROWS = 10_000_000
# Below the data folder, made by late.py as job F begins: the labels with the late ones in place.
FINAL_LABELS = os.path.join("compare", "F", "labels")


@dataclass(frozen=True)
class Job:
    """`work` is what the peers are asked for: several jobs may be the same work on other files."""

    name: str
    work: str
    does: str
    columns: tuple[str, ...]
    policy: str = "latest"  # what groundline does with a repeated label; peers do it too, or join plainly
    labels: str = "labels"

    @property
    def writes_parquet(self):
        return self.work not in ("C", "E")

    @property
    def same_bytes(self):
        """True of a merge, whose files groundline promises to be the same however it runs."""
        return self.work not in ("C", "D", "E")

    @property
    def measures_quality(self):
        """True where metrics of observations.py's file are compared (check_quality.py), not rows."""
        return self.work == "E"

    @property
    def by_hour(self):
        return self.work in ("A-by-hour", "F")

    @property
    def brings_up_to_date(self):
        """True where groundline begins with an output that late labels have made stale (late.py)."""
        return self.work == "F"

    def types(self):
        """Columns and their types; none where it is not rows that are compared."""
        if self.measures_quality:
            return {}
        return {column: (TYPES | COUNTS | FEATURES)[column] for column in self.columns}


JOBS = {
    job.name: job
    for job in (
        Job("A", "A", "inner merge: ids, time, input, output, probability, label to zstd Parquet", MERGED),
        Job("A-by-hour", "A-by-hour", "the same as a left join, one file per hour", MERGED),
        Job("B", "B", "A without the input", WITHOUT_INPUT),
        Job("C", "C", "hourly confusion counts from the raw files, no file written", CONFUSION),
        Job("C-plain", "C", "C, every label of a repeated key counted, on all sides", CONFUSION, policy="plain"),
        Job("D", "D", "join with twenty typed columns taken from the input", WITH_FEATURES),
        Job("E", "E", "confusion counts and exact AUC of labelled predictions in one Parquet file", ()),
        Job("F", "F", "late labels: all hour files up to date again", OBSERVATION, labels=FINAL_LABELS),
        Job("files", "A", "A with every label in a file of its own", MERGED, labels=ONE_PER_FILE),
    )
}

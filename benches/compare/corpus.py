"""The data: `groundline synth`, and the same labels with each in a file of its own.

`python3 benches/compare/corpus.py DIR` splits the labels of DIR.
"""

import os
import subprocess
import sys

from datetime import datetime, timedelta

from jobs import LATE_LABELS, OBSERVATIONS, ONE_PER_FILE

FILES_PER_HOUR, SEED = 10, 7
# Of job F: 211 days that are over, so that no hour is open.
LONG_RECORDS, LONG_HOURS, LONG = 10_000_000, 5064, ("--files-per-hour", "2", "--start", "2026-01-01T00")


def synth_command(groundline, folder, records, hours, more=("--files-per-hour", str(FILES_PER_HOUR))):
    """Default shares: 5 % of the predictions without a label, 1 % of the labels twice."""
    return [
        groundline, "synth", "--out", folder, "--records", str(records), "--hours", str(hours),
        *more, "--seed", str(SEED), "--no-truth", "--quiet",
    ]  # fmt: skip


def make(groundline, folder, records, hours):
    subprocess.run(synth_command(groundline, folder, records, hours), check=True)


def make_long(groundline, folder):
    subprocess.run(synth_command(groundline, folder, LONG_RECORDS, LONG_HOURS, LONG), check=True)


def options(folder):
    """The options that `synth` was given, as its README in the folder says, a line each."""
    with open(os.path.join(folder, "README.md")) as file:
        return [line.strip() for line in file if line.startswith("--")]


def window(folder):
    """First hour of a corpus, and the first after it, as `2026-11-01T00`."""
    given = dict(line.removeprefix("--").split() for line in options(folder) if " " in line)
    first = datetime.fromisoformat(given["start"])
    return tuple(f"{hour:%Y-%m-%dT%H}" for hour in (first, first + timedelta(hours=int(given["hours"]))))


def commands(folder):
    """How the data was made, a command each: `synth` by its README, the other scripts by their files."""
    made = []
    if os.path.exists(os.path.join(folder, "README.md")):
        made.append(f"groundline synth --out {folder} {' '.join(options(folder))}")
    if os.path.exists(os.path.join(folder, LATE_LABELS)):
        made.append(f"python3 benches/compare/late_labels.py {folder}")
    if os.path.exists(os.path.join(folder, OBSERVATIONS)):
        made.append(f"python3 benches/compare/observations.py {folder}")
    return made or [f"(nothing in {folder} says how it was made)"]


def split_labels(folder):
    """Writes each label to a file of its own, `yyyy/mm/dd/hh/{file}-{line}.jsonl`; returns how many.

    Names sort as the labels did, so that `latest` takes the same one.
    """
    source, target = os.path.join(folder, "labels"), os.path.join(folder, ONE_PER_FILE)
    labels = 0
    for place, _, names in os.walk(source):
        hour = os.path.join(target, os.path.relpath(place, source))
        os.makedirs(hour, exist_ok=True)
        for name in names:
            stem = name.removesuffix(".jsonl")
            with open(os.path.join(place, name), "rb") as file:
                for number, line in enumerate(file):
                    with open(os.path.join(hour, f"{stem}-{number:06}.jsonl"), "wb") as one:
                        one.write(line)
                    labels += 1
    return labels


if __name__ == "__main__":
    print(f"{split_labels(sys.argv[1])} label files in {os.path.join(sys.argv[1], ONE_PER_FILE)}")

"""The data: `groundline synth`, and the same labels with each in a file of its own.

`python3 benches/compare/corpus.py DIR` splits the labels of DIR.
"""

import os
import subprocess
import sys

from jobs import OBSERVATIONS, ONE_PER_FILE

FILES_PER_HOUR, SEED = 10, 7


def synth_command(groundline, folder, records, hours):
    """Default shares: 5 % of the predictions without a label, 1 % of the labels twice."""
    return [
        groundline, "synth", "--out", folder, "--records", str(records), "--hours", str(hours),
        "--files-per-hour", str(FILES_PER_HOUR), "--seed", str(SEED), "--no-truth", "--quiet",
    ]  # fmt: skip


def make(groundline, folder, records, hours):
    subprocess.run(synth_command(groundline, folder, records, hours), check=True)


def commands(folder):
    """How the data was made, a command each: `synth` as its README in the folder says, observations.py by its file."""
    made = []
    try:
        with open(os.path.join(folder, "README.md")) as file:
            given = [line.strip() for line in file if line.startswith("--")]
        made.append(f"groundline synth --out {folder} {' '.join(given)}")
    except FileNotFoundError:
        pass
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

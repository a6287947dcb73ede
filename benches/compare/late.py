"""Job F: groundline brings an output up to date after late labels, peers compute everything again.

Before the first run, not timed: the output from the labels without the late ones, which then are put in place; and
one from all labels by a fresh `merge`, whose hour files those of every run must equal byte for byte. Before each run
groundline gets a copy of the first output, times of files and all. Captures and labels do not change after that.
"""

import json
import os
import shutil
import subprocess

import outputs
from jobs import LATE_LABELS
from sides import complete, hour_files, temp_dir

# What makes the output that late labels make stale.
FIRST = "backfill"


class Late:
    """The files that the runs of one job have in common."""

    def __init__(self, job, setting):
        self.setting = setting
        self.labels = os.path.join(setting.data, job.labels)
        beside = os.path.dirname(self.labels)
        self.before, self.rebuilt = os.path.join(beside, "before"), os.path.join(beside, "rebuilt")
        self.prepare()

    def prepare(self):
        self.remove()
        os.makedirs(temp_dir(self.setting), exist_ok=True)
        # Links have the times of the files, which are part of what a receipt says.
        shutil.copytree(os.path.join(self.setting.data, "labels"), self.labels, copy_function=os.link)
        self.run(FIRST, self.before)
        shutil.copytree(os.path.join(self.setting.data, LATE_LABELS), self.labels, dirs_exist_ok=True)
        self.run("merge", self.rebuilt)
        self.expected = outputs.digest(merged(self.rebuilt))
        before, rebuilt = (outputs.digests(merged(out)) for out in (self.before, self.rebuilt))
        self.hours, self.stale = len(rebuilt), sum(before.get(name) != digest for name, digest in rebuilt.items())
        shutil.rmtree(self.rebuilt)

    def run(self, command, out):
        line = complete(self.setting, hour_files(command, self.labels, out, self.setting))
        done = subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{' '.join(line)}: status {done.returncode}\n{done.stderr}")

    def restore(self, out):
        """Puts the output from before into `out`, with the times that its receipts may name."""
        shutil.copytree(self.before, out, dirs_exist_ok=True)

    def judge(self, digest, finding):
        """Adds to a finding about groundline's rows what is to be said of its files."""
        finding["note"] = f"{self.stale} of {self.hours} hour files are not what they were before"
        if digest != self.expected:
            finding["problems"].append("hour files differ from those of a fresh merge")
        elif not self.stale:
            finding["problems"].append("the late labels change no hour file")

    def remove(self):
        for folder in (self.labels, self.before, self.rebuilt):
            shutil.rmtree(folder, ignore_errors=True)


def merged(out):
    return os.path.join(out, "merged")


def phases(stdout):
    """Seconds of each part of a run, by name, as `backfill --output json` tells them; none if it does not."""
    with open(stdout) as file:
        return json.load(file).get("seconds", {})

"""groundline and its peers on the same work, in turn.

    pip install -r benches/compare/requirements.txt
    cargo build --release
    python3 benches/compare/run.py --data .cache/big --make 2000000 48
    python3 benches/compare/run.py --data .cache/big --jobs A,B --peers duckdb --threads 1,2 --runs 5
    python3 benches/compare/run.py --data .cache/big --jobs A --peers duckdb --memory-limit 512MB
    python3 benches/compare/run.py --data .cache/quality --jobs E --peers duckdb
    python3 benches/compare/run.py --data .cache/late --jobs F --peers duckdb

Every run is a process of its own. A round is one run of each side, groundline first; the first round is not counted,
and its output is checked: all sides must have produced the same rows (check.py), or figures (check_quality.py). Peers
that cannot do a job, or that know no memory limit where one is given, are left out. Output goes to DATA/compare. Exit
status 1: a side failed or differs.
"""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys

import corpus
import machine
import measure
import outputs
import report
from jobs import JOBS, LATE_LABELS, OBSERVATIONS
from late import Late, phases
from sides import HERE, PEERS, REPOSITORY, Setting, missing, sides, temp_dir


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder of `groundline synth`; for E of observations.py")
    parser.add_argument("--make", nargs=2, type=int, metavar=("RECORDS", "HOURS"), help="make the data first")
    parser.add_argument("--jobs", type=listed(JOBS), default=[], help=",".join(JOBS))
    parser.add_argument("--peers", type=listed(PEERS), default=list(PEERS.values()), help=",".join(PEERS))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=lambda text: [int(part) for part in text.split(",")], default=[2])
    parser.add_argument("--memory-limit", help="such as 512MB")
    parser.add_argument(
        "--groundline", default=os.path.relpath(os.path.join(REPOSITORY, "target", "release", "groundline"))
    )
    parser.add_argument("--out", help="write README.md and results.json here")
    return parser.parse_args()


def listed(known):
    def parse(text):
        unknown = [name for name in text.split(",") if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"no {', '.join(unknown)}; there are {', '.join(known)}")
        return [known[name] for name in text.split(",")]

    return parse


def prepare(args):
    """Makes the data that is asked for and not there."""
    if args.make:
        corpus.make(args.groundline, args.data, *args.make)
    for job in args.jobs:
        if job.brings_up_to_date:
            if not os.path.isdir(os.path.join(args.data, "captures")):
                corpus.make_long(args.groundline, args.data)
            if not os.path.isdir(os.path.join(args.data, LATE_LABELS)):
                # An engine must stay out of this process (measure.py).
                subprocess.run([sys.executable, os.path.join(HERE, "late_labels.py"), args.data], check=True)
        elif job.measures_quality:
            if not os.path.exists(os.path.join(args.data, OBSERVATIONS)):
                # And so must numpy and pyarrow.
                subprocess.run([sys.executable, os.path.join(HERE, "observations.py"), args.data], check=True)
        elif not os.path.isdir(os.path.join(args.data, job.labels)):
            print(f"{job.name}: {corpus.split_labels(args.data)} label files made", flush=True)


def compare(job, peers, setting, runs):
    """All rounds of one job."""
    late = Late(job, setting) if job.brings_up_to_date else None
    chosen = [Outcome(job, side, late) for side in sides(job, peers, setting)]
    for number in range(runs + 1):
        for outcome in chosen:
            outcome.run(counted=number > 0, processed=temp_dir(setting))
        if number == 0:
            check(job, chosen)
    outcomes = [outcome.as_json() for outcome in chosen]
    for outcome in chosen:
        if outcome.sound():  # what is not may be looked at
            shutil.rmtree(outcome.side.out)
    if late and all(outcome.sound() for outcome in chosen):
        late.remove()
    return {
        "job": job.name,
        "does": job.does,
        "threads": setting.threads,
        "memory_limit": setting.memory_limit,
        "writes_parquet": job.writes_parquet,
        "sides": outcomes,
    }


class Outcome:
    """A side and what its runs gave; after a failure it runs no more."""

    def __init__(self, job, side, late):
        self.job = job
        self.side = side
        self.late = late if side.ours else None
        self.runs = []
        self.digests = []
        self.failure = None
        self.finding = None

    def run(self, counted, processed):
        if self.failure:
            return
        for folder in (self.side.out, processed):
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
        if self.late:
            self.late.restore(self.side.out)
        stdout, stderr = (os.path.join(self.side.out, name) for name in ("stdout", "stderr"))
        # Peers run by the Python that runs this, whatever `python3` is.
        command = [sys.executable if part == "python3" else part for part in self.side.command]
        run = measure.run(command, stdout, stderr, self.side.environment, self.side.processes)
        if run.status:
            with open(stderr, errors="replace") as file:
                last = file.read().strip().splitlines()[-1:] or ["no message"]
            self.failure = f"status {run.status}: {last[0]}"
            return
        if counted:
            parts = phases(stdout) if self.late else {}
            self.runs.append({"wall": run.wall, "cpu": run.cpu, "peak_mb": run.peak_mb, "parts": parts})
        if self.side.ours and self.job.same_bytes:
            self.digests.append(outputs.digest(self.side.result))

    def sound(self):
        return not self.failure and not self.finding["problems"]

    def as_json(self):
        found = [] if self.failure or not self.job.writes_parquet else outputs.files(self.side.result)
        return {
            "name": self.side.name,
            "policy": self.side.policy,
            "command": self.side.command,
            "environment": self.side.environment,
            "runs": self.runs,
            "bytes": sum(os.path.getsize(path) for path in found),
            "files": len(found),
            "digests": sorted(set(self.digests)),
            "failure": self.failure,
            "finding": self.finding,
        }


def check(job, chosen):
    """Compares the rows of the sides that have not failed; without ours there is nothing to compare."""
    if chosen[0].failure:
        raise SystemExit(f"groundline failed: {chosen[0].failure}\n{shlex.join(chosen[0].side.command)}")
    done = [outcome for outcome in chosen if not outcome.failure]
    request = {
        "types": job.types(),
        "parquet": job.writes_parquet,
        "by_hour": job.by_hour,
        "sides": [{"name": o.side.name, "policy": o.side.policy, "files": outputs.files(o.side.result)} for o in done],
    }
    script = "check_quality.py" if job.measures_quality else "check.py"
    checker = subprocess.run(
        [sys.executable, os.path.join(HERE, script)], input=json.dumps(request), text=True, capture_output=True
    )
    if checker.returncode:
        raise SystemExit(f"{script} failed:\n{checker.stderr}")
    findings = json.loads(checker.stdout)
    for outcome in done:
        outcome.finding = findings[outcome.side.name]
        if outcome.late:
            outcome.late.judge(outcome.digests[0], outcome.finding)


def main():
    args = arguments()
    prepare(args)
    left_out = [f"{peer.name}: {why}" for peer in args.peers if (why := missing(peer))]
    peers = [peer for peer in args.peers if not missing(peer)]
    for line in left_out:
        print(f"left out {line}", flush=True)
    outcomes = []
    for job in args.jobs:
        for threads in args.threads:
            setting = Setting(args.data, args.groundline, threads, args.memory_limit)
            outcomes.append(compare(job, peers, setting, args.runs))
            print(report.table(outcomes[-1]) + "\n", flush=True)
    print("\n".join(report.same_bytes(outcomes)))
    if args.out:
        results = {
            "name": os.path.basename(os.path.normpath(args.out)),
            "machine": machine.describe(args.groundline, peers),
            "command": shlex.join(["python3", *sys.argv]),
            "data": args.data,
            "made": corpus.commands(args.data),
            "runs": args.runs,
            "left_out": left_out,
            "outcomes": outcomes,
        }
        report.write(args.out, results)
    bad = any(side["failure"] or side["finding"]["problems"] for o in outcomes for side in o["sides"])
    differs = any(len(o["sides"][0]["digests"]) > 1 for o in outcomes)
    return 1 if bad or differs else 0


if __name__ == "__main__":
    sys.exit(main())

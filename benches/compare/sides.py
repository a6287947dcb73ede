"""Who does a job, and the command line of each."""

import os
import shutil
from dataclasses import dataclass, field
from importlib import metadata

import corpus
from jobs import OBSERVATIONS

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(HERE))

# Wide enough that label windows play no part: peers know none.
NO_WINDOWS = ["--as-of", "2100-01-01T00", "--label-lead", "P36500D", "--label-horizon", "unlimited"]
QUALITY = [
    "--problem-type", "BinaryClassification", "--inference-attribute", "prediction",
    "--probability-attribute", "probability", "--ground-truth-attribute", "label",
]  # fmt: skip
BINARY = ["--problem-type", "BinaryClassification", "--probability-attribute", "0"]


@dataclass(frozen=True)
class Peer:
    name: str
    works: tuple[str, ...]
    policies: tuple[str, ...] = ("plain",)
    limits_memory: bool = False
    processes: bool = False  # does its work in processes that it starts: Spark's Java
    environment: str | None = None  # variable that holds the number of threads


PEERS = {
    peer.name: peer
    for peer in (
        Peer("duckdb", ("A", "A-by-hour", "B", "C", "D", "E", "F"), ("plain", "latest"), limits_memory=True),
        Peer("polars", ("A", "B", "C"), environment="POLARS_MAX_THREADS"),
        Peer("chdb", ("A", "B", "C"), limits_memory=True),
        Peer("datafusion", ("A", "B", "C"), limits_memory=True, environment="TOKIO_WORKER_THREADS"),
        Peer("spark", ("A", "B", "C"), processes=True),
    )
}
PACKAGES = {"spark": "pyspark"}


@dataclass(frozen=True)
class Setting:
    """What a run of the whole comparison has in common."""

    data: str
    groundline: str
    threads: int
    memory_limit: str | None


@dataclass
class Side:
    """One doer of one job: `out` is what it writes, `result` where its rows are in there."""

    name: str
    policy: str
    command: list[str]
    out: str
    result: str
    environment: dict[str, str] = field(default_factory=dict)
    processes: bool = False
    ours: bool = False


def missing(peer):
    """Why a peer cannot take part, if so."""
    package = PACKAGES.get(peer.name, peer.name)
    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return f"{package} is not installed (requirements.txt)"
    if peer.name == "spark" and not shutil.which("java"):
        return "there is no Java"
    return None


def sides(job, peers, setting):
    """groundline first, then every peer that can do the job, once for each of its policies."""
    chosen = [groundline(job, setting)]
    for peer in peers:
        if job.work not in peer.works or (setting.memory_limit and not peer.limits_memory):
            continue
        for policy in peer.policies:
            # Where nothing is joined there is no policy, and one side is enough.
            if policy == "latest" and (job.policy == "plain" or job.measures_quality):
                continue
            # A correction counts for nothing in a plain join.
            if policy == "plain" and job.brings_up_to_date:
                continue
            chosen.append(peer_side(job, peer, policy, setting))
    return chosen


def place(job, name, setting):
    return os.path.join(setting.data, "compare", job.name, name)


def temp_dir(setting):
    return os.path.join(setting.data, "compare", "temp")


def sources(job, setting):
    if job.measures_quality:
        return ["--observations", os.path.join(setting.data, OBSERVATIONS)]
    return [
        "--captures", os.path.join(setting.data, "captures"),
        "--labels", os.path.join(setting.data, job.labels),
    ]  # fmt: skip


def bounds(setting):
    bounds = ["--threads", str(setting.threads)]
    if setting.memory_limit:
        bounds += ["--memory-limit", setting.memory_limit, "--temp-dir", temp_dir(setting)]
    return bounds


def hour_files(command, labels, out, setting):
    """The run under test of job F, and with another command, other labels and another output what it begins with.

    No windows are given: the defaults, a day of lead and no horizon, see every label of the corpus.
    """
    first, end = corpus.window(setting.data)
    return [
        command, "--captures", os.path.join(setting.data, "captures"), "--labels", labels, "--out", out,
        "--model", "churn", *BINARY, "--from", first, "--to", end, "--output", "json",
    ]  # fmt: skip


def complete(setting, command):
    """A command line of groundline with what all have in common."""
    return [setting.groundline, *command, *bounds(setting), "--quiet"]


def groundline(job, setting):
    out = place(job, "groundline", setting)
    if job.brings_up_to_date:
        result = os.path.join(out, "merged")
        command = hour_files("backfill", os.path.join(setting.data, job.labels), out, setting)
    elif job.measures_quality:
        result = os.path.join(out, "stdout")
        command = ["quality", os.path.join(setting.data, OBSERVATIONS), *QUALITY, "--output", "json"]
    elif job.work in ("C", "D"):
        script = {
            "C": os.path.join(REPOSITORY, "sql", "examples", "hourly_confusion.sql"),
            "C-plain": os.path.join(HERE, "hourly_confusion_plain.sql"),
            "D": os.path.join(REPOSITORY, "sql", "examples", "feature_columns.sql"),
        }[job.name]
        result = os.path.join(out, "features.parquet" if job.writes_parquet else "stdout")
        where = ["--out", result] if job.writes_parquet else ["--output", "csv"]
        command = ["sql", *sources(job, setting), "--script", os.path.relpath(script), *where]
    else:
        result = os.path.join(out, "merged")
        join = "left" if job.by_hour else "inner"
        command = [
            "merge", *sources(job, setting), "--out", out, "--all", "--join", join,
            "--columns", ",".join(job.columns), *BINARY, *NO_WINDOWS, "--output", "json",
        ]  # fmt: skip
    return Side("groundline", job.policy, complete(setting, command), out, result, ours=True)


def peer_side(job, peer, policy, setting):
    name = peer.name if policy == "plain" else f"{peer.name}-{policy}"
    out = place(job, name, setting)
    folder = job.by_hour or peer.name == "spark"
    if job.measures_quality:
        written = "quality.json"
    elif not job.writes_parquet:
        written = "counts.csv"
    else:
        written = "rows" if folder else "rows.parquet"
    result = os.path.join(out, written)
    script = os.path.relpath(os.path.join(HERE, f"{peer.name}_jobs.py"))
    command = [
        "python3", script, job.work, "--policy", policy, *sources(job, setting), "--out", result, *bounds(setting),
    ]  # fmt: skip
    if peer.processes and not setting.memory_limit:
        command += ["--temp-dir", temp_dir(setting)]
    environment = {peer.environment: str(setting.threads)} if peer.environment else {}
    return Side(name, policy, command, out, result, environment, peer.processes)

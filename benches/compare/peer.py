"""How a peer is asked: one process a run, the same arguments for every peer."""

import argparse
import json
import os


def main(works):
    """Does the work that the command line names; `works` maps names to functions of the request."""
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=list(works))
    parser.add_argument("--policy", choices=("plain", "latest"), default="plain")
    parser.add_argument("--captures")
    parser.add_argument("--labels")
    parser.add_argument("--observations", help="the Parquet file of work E, instead of captures and labels")
    parser.add_argument("--out", required=True, help="a file, or a folder where the work is one file per hour")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--memory-limit")
    parser.add_argument("--temp-dir")
    request = parser.parse_args()
    if not request.observations and not (request.captures and request.labels):
        parser.error("--captures and --labels, or --observations")
    for name in ("captures", "labels", "observations", "out"):
        if getattr(request, name):  # chdb and Spark have other ideas of the current folder
            setattr(request, name, os.path.abspath(getattr(request, name)))
    works[request.work](request)


def size_in_bytes(text):
    """`512MB` and `1GiB` as numbers, for peers that want numbers."""
    units = {"GiB": 2**30, "MiB": 2**20, "KiB": 2**10, "GB": 10**9, "MB": 10**6, "KB": 10**3, "B": 1}
    for unit, factor in units.items():
        if text.endswith(unit):
            return int(float(text.removesuffix(unit)) * factor)
    return int(text)


def write_counts(path, rows):
    """The rows of work C as CSV: hour (`2026-11-01T03`), tp, fp, tn, fn."""
    with open(path, "w") as file:
        file.write("hour,tp,fp,tn,fn\n")
        for hour, *counts in rows:
            file.write(",".join([f"{str(hour)[:13]}:00:00Z", *(str(int(count)) for count in counts)]) + "\n")


def write_quality(path, auc, rows):
    """The figures of work E as JSON, and the rows of work C beside them."""
    hours = [dict(zip(("hour", "tp", "fp", "tn", "fn"), (str(hour), *counts), strict=True)) for hour, *counts in rows]
    with open(path, "w") as file:
        json.dump({"auc": auc, "hours": hours}, file)

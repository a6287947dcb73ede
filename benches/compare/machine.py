"""What the figures were measured on and with."""

import os
import platform
import subprocess
from importlib import metadata

from sides import PACKAGES, REPOSITORY


def first_match(path, prefix):
    with open(path) as file:
        return next((line.partition(":")[2].strip() for line in file if line.startswith(prefix)), "unknown")


def output_of(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return (done.stdout or done.stderr).strip()


def commit():
    changed = (
        " with changes" if output_of("git", "-C", REPOSITORY, "status", "--porcelain", "--untracked-files=no") else ""
    )
    return output_of("git", "-C", REPOSITORY, "rev-parse", "--short", "HEAD") + changed


def describe(groundline, peers):
    """Name and value of everything worth knowing, in order."""
    memory = int(first_match("/proc/meminfo", "MemTotal").split()[0])
    facts = {
        "cpu": first_match("/proc/cpuinfo", "model name"),
        "cores": len(os.sched_getaffinity(0)),
        "memory": f"{memory / 2**20:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "commit": commit(),
        "groundline": output_of(groundline, "--version"),
        "python": platform.python_version(),
    }
    for peer in peers:
        facts[peer.name] = metadata.version(PACKAGES.get(peer.name, peer.name))
        if peer.processes:
            facts["java"] = output_of("java", "-version").splitlines()[0]
    return facts

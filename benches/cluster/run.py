#!/usr/bin/env python3
"""Merges on executors of this machine against one process with as many threads: wall time, CPU, memory, stage by stage.
The process merges twice, as it would (`alone`), and by way of temporary files (`spilled`), which is what a cluster does
without a network.

    cargo build --release -p groundline -p groundline-cluster --features groundline/cluster
    python3 benches/cluster/run.py --data .cache/big --executors 2 --runs 5

--data has `captures` and `labels` (made by `groundline synth --make`, see benches/README.md). Nodes and outputs are below
a folder beside it. Each round runs every side once; the first round is not counted; hour files are compared.
"""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import threading
import time
import urllib.request

FLAGS = ["--all", "--as-of", "2027-06-01T00:00:00Z", "--probability-attribute", "0", "--quiet", "--output", "json"]

SIDES = ["alone", "spilled", "cluster"]


def ask(port, page):
    try:
        with urllib.request.urlopen(f"http://localhost:{port}/api/{page}", timeout=10) as answer:
            return json.load(answer)
    except OSError:
        return None


def usage(pid):
    """CPU seconds so far and peak memory in MB of a process."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks = int(fields[11]) + int(fields[12])
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
        return ticks / os.sysconf("SC_CLK_TCK"), peak / 1024
    except (OSError, StopIteration):
        return 0.0, 0.0


def hashes(folder):
    """Of what both sides must write alike."""
    found = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.is_file():
            found[str(path.relative_to(folder))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


class Nodes:
    def __init__(self, args, work):
        self.port = 50950
        self.processes = {}
        binary = str(pathlib.Path(args.bin) / "groundline-cluster")
        log = open(work / "scheduler.log", "w")
        self.processes["scheduler"] = subprocess.Popen(
            [binary, "scheduler", "--port", str(self.port)], stderr=log, stdout=log)
        time.sleep(1)
        for number in range(args.executors):
            log = open(work / f"executor-{number}.log", "w")
            self.processes[f"executor {number}"] = subprocess.Popen(
                [binary, "executor", "--scheduler", f"df://localhost:{self.port}", "--cores", str(args.cores),
                 "--memory-limit", args.memory, "--port", str(50960 + 2 * number),
                 "--grpc-port", str(50961 + 2 * number), "--work-dir", str(work / f"work-{number}")],
                stderr=log, stdout=log)
        while len(ask(self.port, "executors") or []) < args.executors:
            time.sleep(0.2)

    def usage(self):
        return {name: usage(process.pid) for name, process in self.processes.items()}

    def stop(self):
        for process in self.processes.values():
            process.kill()


def stages(port, job):
    """Of each stage: first start and last end of its tasks in seconds since the first of all, tasks, rows, bytes."""
    told = []
    for stage in (ask(port, f"job/{job}/stages") or {}).get("stages", []):
        tasks = [task for task in stage.get("tasks") or [] if task]
        if not tasks:
            continue
        times = [(task["start_exec_time"], task["end_exec_time"]) for task in tasks]
        told.append({
            "stage": int(stage["stage_id"]), "tasks": len(tasks),
            "start": min(start for start, _ in times) / 1000, "end": max(end for _, end in times) / 1000,
            "busy": sum(end - start for start, end in times) / 1000,
            "input_rows": stage.get("input_rows"), "output_rows": stage.get("output_rows"),
        })
    first = min((stage["start"] for stage in told), default=0)
    for stage in told:
        stage["start"] -= first
        stage["end"] -= first
    return sorted(told, key=lambda stage: stage["stage"])


def shuffled(work, peak, stop):
    """The most bytes that the executors' folders hold at once."""
    while not stop.is_set():
        held = 0
        for number in work.glob("work-*"):
            # Files come and go meanwhile.
            for folder, _, names in os.walk(number, onerror=lambda _: None):
                for name in names:
                    try:
                        held += os.stat(os.path.join(folder, name)).st_size
                    except OSError:
                        pass
        peak[0] = max(peak[0], held)
        stop.wait(0.1)


def timed(command, log):
    """Wall and CPU seconds and peak memory in MB of a command."""
    start = time.monotonic()
    with open(log, "w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    if status:
        raise SystemExit(f"{' '.join(command)}\n{pathlib.Path(log).read_text()}")
    return {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--bin", default="target/release")
    parser.add_argument("--executors", type=int, default=2)
    parser.add_argument("--cores", type=int, default=1, help="more than there are cut a job into more tasks")
    parser.add_argument("--memory", default="1G")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--out")
    args = parser.parse_args()
    work = pathlib.Path(args.data).resolve().parent / "cluster-bench"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    merge = [str(pathlib.Path(args.bin) / "groundline"), "merge", "--captures", f"{args.data}/captures",
             "--labels", f"{args.data}/labels", *FLAGS]
    nodes = Nodes(args, work)
    result = {"executors": args.executors, "cores": args.cores, "memory": args.memory, **{side: [] for side in SIDES}}
    try:
        for number in range(args.runs + 1):
            for side in SIDES:
                out = work / side
                shutil.rmtree(out, ignore_errors=True)
                more = {
                    "alone": ["--threads", str(args.executors)],
                    "spilled": ["--threads", str(args.executors), "--plan", "spilled"],
                    "cluster": ["--cluster", f"df://localhost:{nodes.port}"],
                }[side]
                before, peak, stop = nodes.usage(), [0], threading.Event()
                watch = threading.Thread(target=shuffled, args=(work, peak, stop))
                watch.start()
                run = timed(merge + ["--out", str(out)] + more, work / "client.log")
                stop.set()
                watch.join()
                if side == "cluster":
                    after = nodes.usage()
                    run["nodes_cpu"] = {name: after[name][0] - before[name][0] for name in after}
                    run["nodes_peak_mb"] = {name: after[name][1] for name in after}
                    run["shuffled_bytes"] = peak[0]
                    jobs = sorted(ask(nodes.port, "jobs") or [], key=lambda job: job["start_time"])
                    run["jobs"] = [stages(nodes.port, job["job_id"]) for job in jobs[-2:]]
                if number:
                    result[side].append(run)
                print(side, json.dumps({key: run[key] for key in run if key != "jobs"}), flush=True)
        alone = hashes(work / "alone")
        result["same"] = all(hashes(work / side) == alone for side in SIDES)
        print("files", len(alone), "same" if result["same"] else "DIFFERENT")
    finally:
        nodes.stop()
    result["ratio"] = {}
    for side in SIDES[:2]:
        ratio = [two["wall"] / one["wall"] for one, two in zip(result[side], result["cluster"])]
        if ratio:
            result["ratio"][side] = {"median": statistics.median(ratio), "least": min(ratio), "most": max(ratio)}
            print(f"cluster / {side}", json.dumps(result["ratio"][side]))
    if result["cluster"]:
        for job in result["cluster"][-1]["jobs"]:
            for stage in job:
                print("  stage", json.dumps(stage))
    if args.out:
        pathlib.Path(args.out).write_text(json.dumps(result, indent=1) + "\n")
    shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()

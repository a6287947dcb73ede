"""One run of one command: wall and CPU seconds, peak resident memory.

The numbers are the kernel's own for the process (`wait4`). For a side that works in processes of its own, which are
not all waited for, the process tree is sampled instead. A child's peak cannot be below its parent's memory when it was
started, so this process must stay small: no engine is imported here.
"""

import os
import subprocess
import threading
import time
from dataclasses import dataclass

SAMPLE_SECONDS = 0.05
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Run:
    wall: float
    cpu: float
    peak_mb: float
    status: int


def run(command, stdout, stderr, environment, processes=False):
    """Runs `command` with its output in the files `stdout` and `stderr`."""
    os.sync()  # an earlier run's dirty pages are not this one's time
    with open(stdout, "wb") as out, open(stderr, "wb") as err:
        start = time.perf_counter()
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env={**os.environ, **environment}
        )
        tree = Tree(child.pid) if processes else None
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)  # subprocess would wait once more
    cpu, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024
    if tree:
        cpu, peak = tree.stop()
    return Run(wall, cpu, peak / 1e6, child.returncode)


class Tree:
    """Samples a process and its descendants until it is stopped."""

    def __init__(self, root):
        self.root = root
        self.cpu = {}
        self.peak = 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self):
        while not self.ended.is_set():
            self.sample()
            self.ended.wait(SAMPLE_SECONDS)

    def stop(self):
        """CPU seconds as last seen of each process, and the peak of the sum of their resident bytes."""
        self.ended.set()
        self.thread.join()
        return sum(self.cpu.values()), self.peak

    def sample(self):
        processes = {}
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    with open(f"/proc/{name}/stat") as file:
                        # The command's name, in parentheses, may hold blanks.
                        processes[int(name)] = file.read().rpartition(")")[2].split()
                except OSError:
                    pass  # it has ended
        resident = 0
        for pid, fields in processes.items():
            if self.descends(pid, processes):
                self.cpu[pid] = (int(fields[11]) + int(fields[12])) / TICK
                resident += int(fields[21]) * PAGE
        self.peak = max(self.peak, resident)

    def descends(self, pid, processes):
        while pid in processes:
            if pid == self.root:
                return True
            pid = int(processes[pid][1])
        return False

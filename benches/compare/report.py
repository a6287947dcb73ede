"""Tables of what was measured, on stdout and in a folder of `results/`."""

import json
import os
import shlex
import statistics

SPARK = "CPU and peak memory of Spark are sampled over its processes; all others are the kernel's figures."


def spread(values, digits=2):
    middle = statistics.median(values)
    return f"{middle:.{digits}f} ({min(values):.{digits}f}..{max(values):.{digits}f})"


def title(outcome):
    limit = f", memory limit {outcome['memory_limit']}" if outcome["memory_limit"] else ""
    return f"{outcome['job']}, threads {outcome['threads']}{limit}"


def table(outcome):
    """The runs of one job as Markdown, a row per side."""
    ours = outcome["sides"][0]
    lines = [
        f"### {title(outcome)}",
        "",
        f"{outcome['does']}.",
        "",
        "| | wall s | CPU s | peak MB | output MB | files | wall, in groundline's |",
        "|---|---|---|---|---|---|---|",
    ]
    for side in outcome["sides"]:
        if side["failure"]:
            lines.append(f"| {side['name']} | failed | | | | | |")
            continue
        walls, cpus, peaks = ([run[name] for run in side["runs"]] for name in ("wall", "cpu", "peak_mb"))
        ratios = [run["wall"] / our["wall"] for run, our in zip(side["runs"], ours["runs"], strict=False)]
        written = f"{side['bytes'] / 1e6:.1f} | {side['files']}" if outcome["writes_parquet"] else "|"
        lines.append(
            f"| {side['name']} | {spread(walls)} | {statistics.median(cpus):.2f} | {max(peaks):.0f} | {written} | "
            f"{'' if side is ours else spread(ratios)} |"
        )
    return "\n".join([*lines, "", *parts(ours), *checks(outcome)])


def parts(ours):
    """What groundline says of where its time went, median and spread of each part; nothing if it says nothing."""
    told = [run["parts"] for run in ours["runs"]]
    if not told or not told[0]:
        return []
    shares = ", ".join(f"{name} {spread([run[name] for run in told])}" for name in told[0])
    return [f"Of groundline's seconds: {shares}.", ""]


def checks(outcome):
    """What the comparison of the rows found, a line per side."""
    lines = []
    for side in outcome["sides"]:
        if side["failure"]:
            lines.append(f"- {side['name']}: {side['failure']}")
            continue
        finding = side["finding"]
        if finding["problems"]:
            verdict = "DIFFERS: " + "; ".join(finding["problems"])
        elif finding["same as"]:
            verdict = f"the same rows as {finding['same as']}"
        else:
            kept = {name: finding["figures"][name] for name in ("rows", "keys") if name in finding["figures"]}
            figures = ", ".join(f"{value} {name}" for name, value in kept.items())
            verdict = figures + (f"; {finding['note']}" if finding["note"] else "")
        lines.append(f"- {side['name']}: {verdict}")
    return lines


def same_bytes(outcomes):
    """A line per job whose groundline files were hashed: the same under all threads and limits, or not."""
    digests = {}
    for outcome in outcomes:
        for digest in outcome["sides"][0]["digests"]:
            digests.setdefault(outcome["job"], set()).add(digest)
    return [
        f"- {job}: groundline's files have {'the same bytes' if len(found) == 1 else 'DIFFERENT bytes'} in every run"
        for job, found in digests.items()
    ]


def page(results):
    facts = "\n".join(f"- {name}: {value}" for name, value in results["machine"].items())
    tables = "\n\n".join(table(outcome) for outcome in results["outcomes"])
    # Other numbers of threads differ in just that.
    first = {outcome["job"]: outcome for outcome in reversed(results["outcomes"])}
    commands = "\n".join(
        f"- {title(outcome)}, {side['name']}: `{shlex.join(side['command'])}`"
        for outcome in reversed(first.values())
        for side in outcome["sides"]
    )
    left_out = "\n".join(f"- {line}" for line in results["left_out"]) or "- nobody"
    return f"""# {results["name"]}

{results["runs"]} alternating runs after one that is not counted; median (least..most), peak memory is the most.
The last column is the peer's wall time over groundline's, pair by pair.
{SPARK}

{facts}

```
{chr(10).join(results["made"])}
{results["command"]}
```

Left out:
{left_out}

{tables}

## Bytes

{chr(10).join(same_bytes(results["outcomes"]))}

## Commands

{commands}
"""


def write(folder, results):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "README.md"), "w") as file:
        file.write(page(results))
    with open(os.path.join(folder, "results.json"), "w") as file:
        json.dump(results, file, indent=1)
        file.write("\n")

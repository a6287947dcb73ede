"""The same inner merge by groundline and by DuckDB, in turn, on data of `groundline synth`.

    cargo build --release
    target/release/groundline synth --out .cache/big --records 2000000 --hours 48 --files-per-hour 10 --seed 7 --no-truth
    pip install duckdb
    python3 benches/merge_against_duckdb.py .cache/big [RUNS]

Both use 2 threads and write zstd Parquet with the same columns; the number of rows is compared.
The sides differ where the tools do: groundline applies its duplicate policy (latest), checks every record and
writes a file per hour; DuckDB joins plainly, so a repeated label gives a repeated row, and writes one file.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time

COLUMNS = "key,event_id,inference_id,inference_time,input,output,probability,label"

DUCKDB = """
import duckdb, sys
base, out = sys.argv[1:]
c = duckdb.connect()
c.sql("SET threads = 2")
c.sql("SET enable_progress_bar = false")
captures = (
    "{captureData: 'STRUCT(endpointInput STRUCT(data VARCHAR), endpointOutput STRUCT(data VARCHAR))', "
    "eventMetadata: 'STRUCT(eventId VARCHAR, inferenceId VARCHAR, inferenceTime VARCHAR)'}"
)
labels = "{groundTruthData: 'STRUCT(data VARCHAR)', eventMetadata: 'STRUCT(eventId VARCHAR)'}"
c.sql(f'''
COPY (
  WITH captures AS (
    SELECT coalesce(nullif(eventMetadata.inferenceId, ''), eventMetadata.eventId) AS key,
      eventMetadata.eventId AS event_id, eventMetadata.inferenceId AS inference_id,
      eventMetadata.inferenceTime::TIMESTAMPTZ AS inference_time,
      captureData.endpointInput.data AS input, captureData.endpointOutput.data AS output,
      try_cast(captureData.endpointOutput.data AS DOUBLE) AS probability
    FROM read_json('{base}/captures/**/*.jsonl', format = 'newline_delimited', columns = {captures})
  ), labels AS (
    SELECT eventMetadata.eventId AS key, groundTruthData.data AS label
    FROM read_json('{base}/labels/**/*.jsonl', format = 'newline_delimited', columns = {labels})
  )
  SELECT captures.key, event_id, inference_id, inference_time, input, output, probability, label
  FROM captures JOIN labels USING (key)
) TO '{out}' (FORMAT parquet, COMPRESSION zstd)
''')
print(c.sql(f"SELECT count(*), count(DISTINCT key) FROM '{out}'").fetchall()[0])
"""


def run(command):
    """Wall and CPU seconds, peak resident MB, output of a finished child."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    output = child.stdout.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    if status:
        raise SystemExit(f"{command[:3]} failed with {status}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000, output


def main():
    base = sys.argv[1]
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    out = os.path.join(base, "bench-out")
    duck_out = os.path.join(base, "bench-duckdb.parquet")
    ours = [
        "target/release/groundline", "merge", "--captures", f"{base}/captures", "--labels", f"{base}/labels",
        "--out", out, "--all", "--as-of", "2100-01-01T00", "--join", "inner", "--columns", COLUMNS,
        "--problem-type", "BinaryClassification", "--probability-attribute", "0", "--threads", "2",
        "--quiet", "--output", "json",
    ]  # fmt: skip
    duckdb = [sys.executable, "-c", DUCKDB, base, duck_out]
    figures = {"groundline": [], "DuckDB": []}
    for number in range(runs + 1):
        for name, command in (("groundline", ours), ("DuckDB", duckdb)):
            shutil.rmtree(out, ignore_errors=True)
            wall, cpu, peak, output = run(command)
            if number:  # the first pair warms the page cache
                figures[name].append((wall, cpu, peak))
            if name == "groundline":
                size = sum(os.path.getsize(os.path.join(d, f)) for d, _, fs in os.walk(out + "/merged") for f in fs)
                observations = sum(m["ledger"]["observations"] for m in json.loads(output)["models"])
            else:
                print(f"groundline {observations} observations; DuckDB (rows, distinct keys) {output.strip()}")
                print(f"files: groundline {size} bytes, DuckDB {os.path.getsize(duck_out)} bytes")
    print(f"{'':12}{'wall s':>24}{'CPU s':>10}{'peak MB':>10}")
    for name, rows in figures.items():
        walls = [r[0] for r in rows]
        print(
            f"{name:12}{statistics.median(walls):8.2f} ({min(walls):.2f}..{max(walls):.2f})"
            f"{statistics.median(r[1] for r in rows):10.2f}{max(r[2] for r in rows):10.0f}"
        )
    ratios = [d[0] / g[0] for g, d in zip(figures["groundline"], figures["DuckDB"])]
    print(f"DuckDB / groundline, pair by pair: median {statistics.median(ratios):.2f}, {min(ratios):.2f}..{max(ratios):.2f}")


if __name__ == "__main__":
    main()

"""Whether all sides of a job produced the same rows: reads a request as JSON on stdin, prints the findings as JSON.

A process of its own, because it needs an engine (DuckDB) and measure.py must stay small.

Sides of the same policy must have the same rows: counts, sums, and the sum of the hashes of whole rows. A side that
joins plainly has more rows than one that takes the latest label. There, the documented difference, groundline's
rows must all be among the peer's, and a key that only the peer has must have a label without a value, which
groundline's inner join leaves out when it is the latest.
"""

import json
import sys

import duckdb

# How a column of each type is made comparable: engines write times and texts in several Parquet types.
CASTS = {
    "text": "CAST({} AS VARCHAR)",
    "double": "CAST({} AS DOUBLE)",
    "bigint": "CAST({} AS BIGINT)",
    "time": "epoch_us(CAST({} AS TIMESTAMPTZ))",
}
# The order of a sum differs by side.
RELATIVE_ERROR = 1e-9


def quoted(path):
    return "'" + path.replace("'", "''") + "'"


def view(connection, number, side, job):
    """Makes view `side_N` of the typed columns and `row_hash`, by the hour's folder where the job has one each."""
    columns = ", ".join(f"{CASTS[kind].format(name)} AS {name}" for name, kind in job["types"].items())
    if job["parquet"]:
        paths = ", ".join(quoted(path) for path in side["files"])
        source = f"read_parquet([{paths}], hive_partitioning = false, filename = true)"
    else:
        source = f"read_csv({quoted(side['files'][0])}, header = true, filename = true)"
    hashed = list(job["types"])
    folder = ""
    if job["by_hour"]:
        folder = ", regexp_extract(filename, 'date=[^/]+/hh=[^/]+') AS folder"
        hashed.append("folder")
    connection.sql(f"""
      CREATE VIEW side_{number} AS
      SELECT *, hash({", ".join(hashed)}) AS row_hash FROM (SELECT {columns} {folder} FROM {source})""")


def summary(connection, number, job):
    """Figures of a side by name."""
    figures = {"rows": "count(*)"}
    for name, kind in job["types"].items():
        if name == "key":
            figures |= {"keys": "count(DISTINCT key)", "sum of key hashes": "sum(hash(key))"}
        elif name == "label":
            figures |= {"labels": "count(label)", "by label": "histogram(label)"}
        elif kind in ("double", "bigint"):
            figures[f"sum of {name}"] = f"sum({name})"
    if job["by_hour"]:
        figures["hours"] = "count(DISTINCT folder)"
    figures["sum of row hashes"] = "sum(row_hash)"
    row = connection.sql(f"SELECT {', '.join(figures.values())} FROM side_{number}").fetchall()[0]
    return dict(zip(figures, row, strict=True))


def value(connection, query):
    return connection.sql(query).fetchall()[0][0]


def differences(ours, theirs):
    """Names of the figures that differ."""

    def same(a, b):
        if isinstance(a, float) and isinstance(b, float):
            return abs(a - b) <= RELATIVE_ERROR * max(abs(a), abs(b))
        return a == b

    return [name for name in ours if not same(ours[name], theirs[name])]


def compare_plain(connection, ours, plain):
    """What is wrong between our latest labels and a plain join, and what differs by right."""
    only_plain = f"SELECT key, label FROM side_{plain} ANTI JOIN side_{ours} USING (key)"
    foreign = value(connection, f"SELECT count(*) FROM side_{ours} ANTI JOIN side_{plain} USING (row_hash)")
    lost = value(connection, f"SELECT count(DISTINCT key) FROM ({only_plain})")
    all_valued = f"SELECT key FROM ({only_plain}) GROUP BY key HAVING count(*) = count(label)"
    unexplained = value(connection, f"SELECT count(*) FROM ({all_valued})")
    more = value(connection, f"SELECT (SELECT count(*) FROM side_{plain}) - (SELECT count(*) FROM side_{ours})")
    problems = []
    if foreign:
        problems.append(f"{foreign} rows of groundline are not in it")
    if unexplained:
        problems.append(f"{unexplained} keys with a label are in it and not in groundline's rows")
    without = f", and {lost} keys whose latest label has no value" if lost else ""
    return problems, f"{more} rows more: repeated labels{without}"


def compare_counts(connection, ours, plain):
    """Confusion counts of a plain join are hour by hour at least those of the latest labels."""
    joined = f"side_{ours} AS o FULL JOIN side_{plain} AS p USING (hour)"
    as_many = "p.tp >= o.tp AND p.fp >= o.fp AND p.tn >= o.tn AND p.fn >= o.fn"
    less = value(connection, f"SELECT count(*) FROM {joined} WHERE NOT coalesce({as_many}, false)")
    counts = "SELECT sum(tp + fp + tn + fn) FROM side_{}"
    more = value(connection, f"SELECT ({counts.format(plain)}) - ({counts.format(ours)})")
    problems = [f"{less} hours have fewer counts than groundline's"] if less else []
    return problems, f"{more} counts more: repeated labels"


def check(job):
    connection = duckdb.connect()
    connection.sql("SET TimeZone = 'UTC'")
    connection.sql("SET enable_progress_bar = false")
    findings = {}
    first_of_policy = {}
    for number, side in enumerate(job["sides"]):
        view(connection, number, side, job)
        figures = summary(connection, number, job)
        finding = findings[side["name"]] = {"figures": figures, "problems": [], "note": "", "same as": None}
        first = first_of_policy.setdefault(side["policy"], (number, side["name"], figures))
        if first[0] != number:
            finding["same as"] = first[1]
            finding["problems"] += [
                f"{name}: {figures[name]}, {first[1]} has {first[2][name]}" for name in differences(first[2], figures)
            ]
        elif number:
            # groundline is the first side: this one joins plainly, and it does not.
            compare = compare_plain if job["parquet"] else compare_counts
            problems, finding["note"] = compare(connection, 0, number)
            finding["problems"] += problems
    return findings


if __name__ == "__main__":
    json.dump(check(json.load(sys.stdin)), sys.stdout, default=str)

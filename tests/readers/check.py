"""Runs what `groundline ddl` prints in the programs that it is for, and compares their rows.

usage: check.py path/to/groundline
"""

import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CLONE = Path(__file__).resolve().parents[2]
CHURN = "datasets/churn"
# Names that a path, a glob, a statement or a program could trip over. Spark decodes folders as Latin-1.
MODELS = ["it's \"a\" `b`", "1", "a/b=%[c]*", "café"]
NOT_FOR_SPARK = "café"
OUTPUT = "out [1]'s"
TABLES = ["merged", "rejects", "ledger", "unmatched_labels"]


def main():
    groundline = str(Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        shutil.copytree(CLONE / CHURN, CHURN)
        make(groundline)
        for table in TABLES:
            for model in [None, "churn", *MODELS]:
                check(groundline, table, model)
        athena(groundline)
    print("every reader gives the rows of groundline sql")


def run(*args):
    done = subprocess.run(args, check=True, capture_output=True, text=True)
    return done.stdout


def make(groundline):
    run(groundline, "merge", "--config", f"{CHURN}/groundline.toml", "--out", OUTPUT)
    # One line that is no record, so that there is a reject.
    bad = Path(CHURN, "captures/churn-prod/AllTraffic/2025/03/02/08/bad.jsonl")
    bad.write_text("no record\n")
    for at, model in enumerate(MODELS):
        columns = ["--columns", "key,hour,position,label"] if at == 0 else []
        run(
            groundline, "merge", "--captures", f"{CHURN}/captures", "--endpoint", "churn-prod",
            "--labels", f"{CHURN}/labels/churn", "--probability-attribute", "0", "--all",
            "--max-rejects", "1", "--model", model, "--out", OUTPUT, *columns,
        )  # fmt: skip


def check(groundline, table, model):
    chosen = ["--model", model] if model else []
    where = "WHERE model = '%s'" % model.replace("'", "''") if model else ""
    text = run(groundline, "sql", "--in", OUTPUT, "--output", "json", "-c",
               f"SELECT * FROM {table} {where}")  # fmt: skip
    expected = sorted(plain(row) for row in json.loads(text))
    readers = {"duckdb": duckdb, "polars": polars, "pandas": pandas}
    if shutil.which("java"):
        readers["spark"] = spark
    for name, reader in readers.items():
        text = run(groundline, "ddl", name, "--out", OUTPUT, "--table", table, *chosen)
        # A model without rejects has no file to read.
        if not expected or (name == "spark" and model in (None, NOT_FOR_SPARK)):
            continue
        found = sorted(plain(row) for row in reader(text, table))
        if found != expected:
            show(found, expected)
            sys.exit(f"{name} reads other rows of {table} of {model or 'all models'}\n{text}")
        print(f"{name}: {len(found)} rows of {table} of {model or 'all models'}")


def plain(row):
    """A row as text that does not depend on the program: nulls left out, instants as UTC."""
    out = {}
    for name, value in row.items():
        if value is None or value != value:
            continue
        if isinstance(value, datetime.datetime):
            if value.tzinfo is not None:
                value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
            value = value.isoformat()
        elif isinstance(value, datetime.date):
            value = value.isoformat()
        elif name == "hh":
            value = int(value)
        elif name in ("hour", "label_hour", "inference_time"):
            value = value.removesuffix("Z")
        out[name] = value
    return json.dumps(out, sort_keys=True, default=str)


def show(found, expected):
    for side, rows, others in (("+", found, expected), ("-", expected, found)):
        for row in [row for row in rows if row not in others][:3]:
            print(side, row)


def duckdb(text, table):
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(text)
    comments = connection.execute(
        "SELECT count(*), count(comment) FROM duckdb_columns() WHERE table_name = ?", [table]
    ).fetchone()
    assert comments[0] == comments[1] > 0, comments
    kinds = dict(connection.execute(f"SELECT column_name, column_type FROM (DESCRIBE {table})").fetchall())
    assert kinds.get("hour", "TIMESTAMP WITH TIME ZONE") == "TIMESTAMP WITH TIME ZONE", kinds
    assert kinds.get("date", "DATE") == "DATE" and kinds.get("hh", "TINYINT") == "TINYINT", kinds
    if table == "merged" and "prediction" in kinds:
        for query in ("accuracy_by_day", "label_delay", "confusion_matrix"):
            connection.execute((CLONE / f"sql/examples/{query}.sql").read_text()).fetchall()
    rows = connection.execute(f"SELECT * FROM {table}")
    names = [column[0] for column in rows.description]
    return [dict(zip(names, row)) for row in rows.fetchall()]


def polars(text, table):
    names = {}
    exec(text, names)
    frame = names[table].collect()
    pl = names["pl"]
    if table == "merged":
        assert frame.schema["hour"] == pl.Datetime("us", "UTC"), frame.schema
        assert frame.schema["date"] == pl.Date and frame.schema["hh"] == pl.Int8, frame.schema
    return frame.to_dicts()


def pandas(text, table):
    names = {}
    exec(text, names)
    frame = names[table]
    if table == "merged":
        assert str(frame.dtypes["hour"]) == "timestamp[us, tz=UTC][pyarrow]", frame.dtypes
    rows = frame.to_dict("records")
    missing = names["pd"].NA
    return [{k: None if v is missing else v for k, v in row.items()} for row in rows]


SESSION = None


def spark(text, table):
    from pyspark.sql import SparkSession

    global SESSION
    if SESSION is None:
        SESSION = (
            SparkSession.builder.master("local[1]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.session.timeZone", "UTC")
            .getOrCreate()
        )
        SESSION.sparkContext.setLogLevel("ERROR")
    SESSION.sql(text.rstrip().rstrip(";"))
    view = SESSION.sql(f"SELECT * FROM {table}")
    assert view.schema.fields[0].metadata.get("comment"), view.schema.fields[0]
    # Python's own time zone must not come in between.
    instants = [f.name for f in view.schema.fields if f.dataType.typeName() == "timestamp"]
    for name in instants:
        view = view.withColumn(name, view[name].cast("string"))
    rows = []
    for row in view.collect():
        row = row.asDict()
        for name in instants:
            if row[name] is not None:
                row[name] = row[name].replace(" ", "T")
        rows.append(row)
    return rows


def athena(groundline):
    import sqlglot

    for table in TABLES:
        for model in (None, *MODELS):
            chosen = ["--model", model] if model else []
            location = ["--location", "s3://bucket/it's"]
            text = run(groundline, "ddl", "athena", "--out", OUTPUT, "--table", table,
                       *chosen, *location)  # fmt: skip
            (statement,) = sqlglot.parse(text, dialect="athena", error_level=sqlglot.ErrorLevel.RAISE)
            assert isinstance(statement, sqlglot.exp.Create), statement
    print("athena: parsed")


main()

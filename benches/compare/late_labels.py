"""The late labels of job F: three files that touch one hour in a hundred of the corpus in DIR.

    python3 benches/compare/late_labels.py DIR

They are in `DIR/late-labels`, not among the labels: the job puts them in place. They label every prediction of the
touched hours that no label names yet, and correct one label in twenty of the others. The same corpus gives the same
bytes.
"""

import os
import sys
from datetime import datetime, timedelta

import duckdb

from corpus import window
from duckdb_jobs import CAPTURES, KEY, LABELS
from jobs import LATE_LABELS

# Of every hundred hours this one is touched.
TOUCHED = 50
# Days after the last hour of predictions when each file was collected.
DAYS = (20, 24, 28)
ONE_IN = 20

LATE = f"""
  WITH predictions AS (
    SELECT DISTINCT {KEY} AS key
    FROM read_json($captures, format = 'newline_delimited', columns = {CAPTURES})
  ),
  labelled AS (
    SELECT eventMetadata.eventId AS key, min(groundTruthData.data) AS label
    FROM read_json($labels, format = 'newline_delimited', columns = {LABELS})
    WHERE eventMetadata.eventId IN (SELECT key FROM predictions)
    GROUP BY key
  ),
  numbered AS (
    SELECT p.key, l.label, l.key IS NULL AS is_new,
      row_number() OVER (PARTITION BY l.key IS NULL ORDER BY p.key) AS number
    FROM predictions AS p LEFT JOIN labelled AS l USING (key)
  )
  SELECT key, CASE WHEN is_new THEN (number % 2)::VARCHAR WHEN label = '1' THEN '0' ELSE '1' END
  FROM numbered WHERE is_new OR number % {ONE_IN} = 0 ORDER BY number, key"""


def touched(first, end):
    """Hours that the late labels are about."""
    hours = int((end - first) / timedelta(hours=1))
    return [first + timedelta(hours=hour) for hour in range(TOUCHED, hours, 100)]


def record(key, label):
    return (
        f'{{"groundTruthData":{{"data":"{label}","encoding":"CSV"}},'
        f'"eventMetadata":{{"eventId":"{key}"}},"eventVersion":"0"}}\n'
    )


def make(folder):
    """Writes the late files; returns how many labels they hold."""
    first, end = (datetime.fromisoformat(hour) for hour in window(folder))
    captures = [os.path.join(folder, "captures", "*", "*", f"{hour:%Y/%m/%d/%H}", "*") for hour in touched(first, end)]
    labels = os.path.join(folder, "labels", "**", "*.jsonl")
    rows = duckdb.execute(LATE, {"captures": captures, "labels": labels}).fetchall()
    for number, days in enumerate(DAYS):
        hour = end + timedelta(days=days)
        target = os.path.join(folder, LATE_LABELS, f"{hour:%Y/%m/%d/%H}")
        os.makedirs(target, exist_ok=True)
        with open(os.path.join(target, "late.jsonl"), "w") as file:
            file.writelines(record(*row) for row in rows[number :: len(DAYS)])
    return len(rows)


if __name__ == "__main__":
    print(f"{make(sys.argv[1])} late labels in {os.path.join(sys.argv[1], LATE_LABELS)}")

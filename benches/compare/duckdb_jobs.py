"""DuckDB: `read_json` with the columns given, joined plainly or with the latest label of each key.

Compression is DuckDB's own zstd level, as a user would leave it.
"""

import os

import duckdb

from jobs import FEATURES
from peer import main, write_counts, write_quality

SIDE = "STRUCT(data VARCHAR)"
CAPTURES = (
    f"{{captureData: 'STRUCT(endpointInput {SIDE}, endpointOutput {SIDE})', "
    "eventMetadata: 'STRUCT(eventId VARCHAR, inferenceId VARCHAR, inferenceTime VARCHAR)'}"
)
WITH_ENCODINGS = CAPTURES.replace(SIDE, "STRUCT(data VARCHAR, encoding VARCHAR)")
LABELS = "{groundTruthData: 'STRUCT(data VARCHAR)', eventMetadata: 'STRUCT(eventId VARCHAR)'}"

KEY = "coalesce(nullif(eventMetadata.inferenceId, ''), eventMetadata.eventId)"
PROBABILITY = "try_cast(captureData.endpointOutput.data AS DOUBLE)"

# Where `2026/11/01/03` is in `…/2026/11/01/03/30-00-000-{uuid}.jsonl`, counted from the end.
HOUR_FROM, HOUR_TO = -(13 + 1 + 52), -(1 + 52) - 1


def captures(request, columns, filename=False, read=CAPTURES):
    return (
        f"SELECT {columns} FROM read_json('{request.captures}/**/*.jsonl', format = 'newline_delimited', "
        f"columns = {read}, filename = {filename})"
    )


def labels(request):
    """Keys and labels; `latest` takes the last by (folder's hour, file, position in it), as groundline does.

    Like groundline's inner join it then leaves out labels without a value; in a left join that changes nothing.
    The hour is in the file's path. The reader has no number of a row in its file, but rows keep the order of the
    files, so that their running number tells which came later.
    """
    reader = labels_reader(request)
    if request.policy == "plain":
        return f"SELECT eventMetadata.eventId AS key, nullif(groundTruthData.data, '') AS label FROM {reader})"
    return f"""
      SELECT key, arg_max_null(label, (filename, place)) AS label
      FROM (
        SELECT eventMetadata.eventId AS key, nullif(groundTruthData.data, '') AS label, filename,
          row_number() OVER () AS place
        FROM {reader}, filename = true)
      ) GROUP BY key HAVING label IS NOT NULL"""


def labels_reader(request):
    """The call that reads labels, left open for more options."""
    return f"read_json('{request.labels}/**/*.jsonl', format = 'newline_delimited', columns = {LABELS}"


def merged(request, columns, join="JOIN", partition=""):
    source = f"""
        {KEY} AS key, eventMetadata.eventId AS event_id, eventMetadata.inferenceId AS inference_id,
        eventMetadata.inferenceTime::TIMESTAMPTZ AS inference_time, captureData.endpointInput.data AS input,
        captureData.endpointOutput.data AS output, {PROBABILITY} AS probability {partition}"""
    return f"""
      WITH captures AS ({captures(request, source, bool(partition))}), labels AS ({labels(request)})
      SELECT {columns} FROM captures {join} labels USING (key)"""


def connect(request):
    connection = duckdb.connect()
    connection.sql(f"SET threads = {request.threads}")
    connection.sql("SET enable_progress_bar = false")
    connection.sql("SET TimeZone = 'UTC'")
    if request.memory_limit:
        connection.sql(f"SET memory_limit = '{request.memory_limit}'")
        connection.sql(f"SET temp_directory = '{request.temp_dir}'")
    return connection


def copy(request, query, options=""):
    connect(request).sql(f"COPY ({query}) TO '{request.out}' (FORMAT parquet, COMPRESSION zstd {options})")


def merge(request):
    copy(request, merged(request, "key, event_id, inference_id, inference_time, input, output, probability, label"))


def merge_by_hour(request):
    columns = "key, event_id, inference_id, inference_time, input, output, probability, label, date, hh"
    folder = f"filename[{HOUR_FROM}:{HOUR_TO}]"
    partition = f", replace({folder}[:10], '/', '-') AS date, {folder}[12:] AS hh"
    copy(request, merged(request, columns, "LEFT JOIN", partition), ", PARTITION_BY (date, hh)")


def instant(text):
    """The hour of a folder `2026/11/01/03`."""
    return f"strptime({text}, '%Y/%m/%d/%H')::TIMESTAMPTZ"


def observations_by_hour(request):
    """What `groundline backfill` leaves, at the same levels: every column but the byte offsets.

    A chosen label without a value stays, with its file. Of the ways tried to choose the last label (a maximum by
    number or by file and number, a window) the quickest; more open files than the default make no difference.
    """
    prefix = len(request.captures) + 2
    source = f"""
        {KEY} AS key, eventMetadata.eventId AS event_id, eventMetadata.inferenceId AS inference_id,
        eventMetadata.inferenceTime::TIMESTAMPTZ AS inference_time,
        captureData.endpointInput.data AS input, captureData.endpointInput.encoding AS input_encoding,
        captureData.endpointOutput.data AS output, captureData.endpointOutput.encoding AS output_encoding,
        {PROBABILITY} AS probability, filename[{prefix}:] AS file, string_split(file, '/')[1] AS endpoint,
        string_split(file, '/')[2] AS variant, filename[{HOUR_FROM}:{HOUR_TO}] AS folder"""
    copy(
        request,
        f"""
      WITH captures AS ({captures(request, source, True, WITH_ENCODINGS)}),
      labels AS (
        SELECT key, arg_max({{label: label, file: file}}, (file, place)) AS chosen
        FROM (
          SELECT eventMetadata.eventId AS key, nullif(groundTruthData.data, '') AS label,
            filename[{len(request.labels) + 2}:] AS file, row_number() OVER () AS place
          FROM {labels_reader(request)}, filename = true)
        ) GROUP BY key
      )
      SELECT key, event_id, inference_id, inference_time, {instant("folder")} AS hour, 0::BIGINT AS record_index,
        input, input_encoding, output, output_encoding,
        CASE WHEN probability >= 0.5 THEN '1' WHEN probability < 0.5 THEN '0' END AS prediction,
        (probability >= 0.5)::INTEGER::DOUBLE AS prediction_value, probability,
        chosen.label AS label, try_cast(chosen.label AS DOUBLE) AS label_value,
        {instant("chosen.file[:13]")} AS label_hour, chosen.file AS label_file, file,
        'churn' AS model, endpoint, variant, replace(folder[:10], '/', '-') AS date, folder[12:] AS hh
      FROM captures LEFT JOIN labels USING (key)""",
        ", PARTITION_BY (model, endpoint, variant, date, hh)",
    )


def merge_without_input(request):
    copy(request, merged(request, "key, event_id, inference_id, inference_time, output, probability, label"))


def confusion(request):
    """The hour is of the record's time: in this corpus the folder's hour, and cheaper to come by."""
    source = f"{KEY} AS key, eventMetadata.inferenceTime[:13] AS hour, {PROBABILITY} >= 0.5 AS positive"
    query = f"""
      WITH captures AS ({captures(request, source)}),
      labels AS (SELECT key, try_cast(label AS DOUBLE) AS label FROM ({labels(request)}))
      SELECT hour, count(*) FILTER (positive AND label = 1), count(*) FILTER (positive AND label = 0),
        count(*) FILTER (NOT positive AND label = 0), count(*) FILTER (NOT positive AND label = 1)
      FROM captures JOIN labels USING (key) GROUP BY hour ORDER BY hour"""
    write_counts(request.out, connect(request).sql(query).fetchall())


def features(request):
    casts = [
        f"try_cast(cells[{number}] AS {kind}) AS {name}"
        for number, (name, kind) in enumerate(FEATURES.items(), start=1)
    ]
    source = f"""
        {KEY} AS key, eventMetadata.inferenceTime::TIMESTAMPTZ AS inference_time, {PROBABILITY} AS probability,
        string_split(captureData.endpointInput.data, ',') AS cells"""
    copy(
        request,
        f"""
      WITH captures AS ({captures(request, source)}), labels AS ({labels(request)})
      SELECT key, inference_time, probability, label, {", ".join(casts)} FROM captures JOIN labels USING (key)""",
    )


def statement(name):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{name}.sql")) as file:
        return file.read()


def quality(request):
    connection = connect(request)
    path = request.observations.replace("'", "''")
    connection.sql(f"CREATE VIEW observations AS SELECT * FROM read_parquet('{path}')")
    [(auc,)] = connection.sql(statement("quality_auc_duckdb")).fetchall()
    write_quality(request.out, auc, connection.sql(statement("quality_confusion_duckdb")).fetchall())


if __name__ == "__main__":
    main(
        {
            "A": merge,
            "A-by-hour": merge_by_hour,
            "B": merge_without_input,
            "C": confusion,
            "D": features,
            "E": quality,
            "F": observations_by_hour,
        }
    )

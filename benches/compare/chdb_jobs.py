"""ClickHouse in the process (chdb): the `file` table function over JSONEachRow with the structure given."""

import chdb

from peer import main, size_in_bytes, write_counts

CAPTURES = (
    "captureData Tuple(endpointInput Tuple(data Nullable(String)), endpointOutput Tuple(data Nullable(String))), "
    "eventMetadata Tuple(eventId Nullable(String), inferenceId Nullable(String), inferenceTime Nullable(String))"
)
LABELS = "groundTruthData Tuple(data Nullable(String)), eventMetadata Tuple(eventId Nullable(String))"

KEY = "coalesce(nullIf(eventMetadata.inferenceId, ''), eventMetadata.eventId)"
PROBABILITY = "toFloat64OrNull(captureData.endpointOutput.data)"


def sources(request, columns):
    return f"""
      captures AS (
        SELECT {KEY} AS key, {columns} FROM file('{request.captures}/**/*.jsonl', JSONEachRow, '{CAPTURES}')
      ),
      labels AS (
        SELECT eventMetadata.eventId AS key, nullIf(groundTruthData.data, '') AS label
        FROM file('{request.labels}/**/*.jsonl', JSONEachRow, '{LABELS}')
      )"""


def settings(request):
    values = {
        "max_threads": request.threads,
        "input_format_json_ignore_unknown_keys_in_named_tuple": 1,
        "output_format_parquet_compression_method": "'zstd'",
        # A missing side of a join is null, as everywhere else.
        "join_use_nulls": 1,
        # Without this, floats are read fast and off by a last digit.
        "precise_float_parsing": 1,
    }
    if request.memory_limit:
        limit = size_in_bytes(request.memory_limit)
        values |= {"max_memory_usage": limit, "join_algorithm": "'grace_hash'"}
    return "SETTINGS " + ", ".join(f"{name} = {value}" for name, value in values.items())


def copy(request, columns, source):
    chdb.query(
        f"""
      INSERT INTO FUNCTION file('{request.out}', Parquet)
      WITH {sources(request, source)}
      SELECT {columns} FROM captures INNER JOIN labels ON captures.key = labels.key
      {settings(request)}"""
    )


IDS = """
  eventMetadata.eventId AS event_id, eventMetadata.inferenceId AS inference_id,
  parseDateTime64BestEffort(assumeNotNull(eventMetadata.inferenceTime), 6, 'UTC') AS inference_time"""
VALUES = f"captureData.endpointOutput.data AS output, {PROBABILITY} AS probability"


def merge(request):
    columns = "captures.key AS key, event_id, inference_id, inference_time, input, output, probability, label"
    copy(request, columns, f"{IDS}, captureData.endpointInput.data AS input, {VALUES}")


def merge_without_input(request):
    columns = "captures.key AS key, event_id, inference_id, inference_time, output, probability, label"
    copy(request, columns, f"{IDS}, {VALUES}")


def confusion(request):
    source = f"substring(assumeNotNull(eventMetadata.inferenceTime), 1, 13) AS hour, {PROBABILITY} >= 0.5 AS positive"
    query = f"""
      WITH {sources(request, source)}
      SELECT hour, countIf(positive AND label = '1'), countIf(positive AND label = '0'),
        countIf(NOT positive AND label = '0'), countIf(NOT positive AND label = '1')
      FROM captures INNER JOIN labels ON captures.key = labels.key GROUP BY hour ORDER BY hour
      {settings(request)}"""
    text = chdb.query(query, "TabSeparated").bytes().decode()
    write_counts(request.out, [line.split("\t") for line in text.splitlines()])


if __name__ == "__main__":
    main({"A": merge, "B": merge_without_input, "C": confusion})

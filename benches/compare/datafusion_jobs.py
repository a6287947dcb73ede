"""DataFusion as it comes: its NDJSON reader with the schema given, its SQL, its Parquet writer.

TOKIO_WORKER_THREADS in the environment bounds the threads, target partitions the plan.
"""

import pyarrow as pa
from datafusion import RuntimeEnvBuilder, SessionConfig, SessionContext

from peer import main, size_in_bytes, write_counts


def struct(**members):
    return pa.struct([pa.field(name, kind) for name, kind in members.items()])


TEXT = pa.string()
CAPTURES = pa.schema(
    {
        "captureData": struct(endpointInput=struct(data=TEXT), endpointOutput=struct(data=TEXT)),
        "eventMetadata": struct(eventId=TEXT, inferenceId=TEXT, inferenceTime=TEXT),
    }
)
LABELS = pa.schema({"groundTruthData": struct(data=TEXT), "eventMetadata": struct(eventId=TEXT)})

OUTPUT = """c."captureData"['endpointOutput']['data']"""
EVENT = """c."eventMetadata"['eventId']"""
INFERENCE = """c."eventMetadata"['inferenceId']"""
TIME = """c."eventMetadata"['inferenceTime']"""
IDS = f"coalesce(nullif({INFERENCE}, ''), {EVENT}) AS key, {EVENT} AS event_id, {INFERENCE} AS inference_id"
INPUT = """c."captureData"['endpointInput']['data'] AS input"""
VALUES = f"{OUTPUT} AS output, try_cast({OUTPUT} AS DOUBLE) AS probability"
INSTANT = f"arrow_cast({TIME}, 'Timestamp(Microsecond, Some(\"UTC\"))') AS inference_time"


def context(request):
    runtime = RuntimeEnvBuilder()
    if request.memory_limit:
        runtime = runtime.with_disk_manager_os().with_fair_spill_pool(size_in_bytes(request.memory_limit))
    config = SessionConfig().with_target_partitions(request.threads)
    config = config.set("datafusion.execution.listing_table_ignore_subdirectory", "false")
    context = SessionContext(config, runtime)
    # Only a path that ends in a slash is a folder.
    context.register_json("captures", f"{request.captures}/", schema=CAPTURES, file_extension=".jsonl")
    context.register_json("labels", f"{request.labels}/", schema=LABELS, file_extension=".jsonl")
    return context


def joined(columns, source):
    return f"""
      WITH c AS (SELECT {source} FROM captures AS c),
      l AS (
        SELECT "eventMetadata"['eventId'] AS key, nullif("groundTruthData"['data'], '') AS label FROM labels
      )
      SELECT {columns} FROM c JOIN l ON c.key = l.key"""


def copy(request, columns, source):
    # The end of the name decides that it is one file.
    target = f"'{request.out}' STORED AS PARQUET OPTIONS (compression 'zstd(3)')"
    context(request).sql(f"COPY ({joined(columns, source)}) TO {target}").collect()


def merge(request):
    columns = "c.key, event_id, inference_id, inference_time, input, output, probability, label"
    copy(request, columns, f"{IDS}, {INSTANT}, {INPUT}, {VALUES}")


def merge_without_input(request):
    columns = "c.key, event_id, inference_id, inference_time, output, probability, label"
    copy(request, columns, f"{IDS}, {INSTANT}, {VALUES}")


def confusion(request):
    counts = """substr(time, 1, 13) AS hour,
      count(*) FILTER (WHERE probability >= 0.5 AND label = '1') AS tp,
      count(*) FILTER (WHERE probability >= 0.5 AND label = '0') AS fp,
      count(*) FILTER (WHERE probability < 0.5 AND label = '0') AS tn,
      count(*) FILTER (WHERE probability < 0.5 AND label = '1') AS fn"""
    query = joined(counts, f"{IDS}, {TIME} AS time, {VALUES}")
    table = context(request).sql(f"{query} GROUP BY substr(time, 1, 13) ORDER BY hour").to_arrow_table()
    write_counts(request.out, zip(*(column.to_pylist() for column in table.columns), strict=True))


if __name__ == "__main__":
    main({"A": merge, "B": merge_without_input, "C": confusion})

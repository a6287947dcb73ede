"""Polars: lazy `scan_ndjson` with the schema given, streaming engine, `sink_parquet`.

POLARS_MAX_THREADS in the environment says how many threads.
"""

import polars as pl

from peer import main, write_counts

TEXT = pl.String
CAPTURES = {
    "captureData": pl.Struct({"endpointInput": pl.Struct({"data": TEXT}), "endpointOutput": pl.Struct({"data": TEXT})}),
    "eventMetadata": pl.Struct({"eventId": TEXT, "inferenceId": TEXT, "inferenceTime": TEXT}),
}
LABELS = {"groundTruthData": pl.Struct({"data": TEXT}), "eventMetadata": pl.Struct({"eventId": TEXT})}


def member(*path):
    expression = pl.col(path[0])
    for name in path[1:]:
        expression = expression.struct.field(name)
    return expression


def captures(request):
    inference_id = member("eventMetadata", "inferenceId")
    event_id = member("eventMetadata", "eventId")
    output = member("captureData", "endpointOutput", "data")
    present = pl.when(inference_id != "").then(inference_id)
    return pl.scan_ndjson(f"{request.captures}/**/*.jsonl", schema=CAPTURES).select(
        pl.coalesce(present, event_id).alias("key"),
        event_id.alias("event_id"),
        inference_id.alias("inference_id"),
        member("eventMetadata", "inferenceTime").alias("inference_time"),
        member("captureData", "endpointInput", "data").alias("input"),
        output.alias("output"),
        output.cast(pl.Float64, strict=False).alias("probability"),
    )


def labels(request):
    label = member("groundTruthData", "data")
    return pl.scan_ndjson(f"{request.labels}/**/*.jsonl", schema=LABELS).select(
        member("eventMetadata", "eventId").alias("key"), pl.when(label != "").then(label).alias("label")
    )


def merged(request):
    time = pl.col("inference_time").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us", time_zone="UTC")
    return captures(request).with_columns(time).join(labels(request), on="key", how="inner")


def sink(request, frame):
    frame.sink_parquet(request.out, compression="zstd", engine="streaming")


def merge(request):
    sink(request, merged(request))


def merge_without_input(request):
    sink(request, merged(request).drop("input"))


def confusion(request):
    positive = pl.col("probability") >= 0.5
    label = pl.col("label").cast(pl.Float64, strict=False)
    counts = (
        captures(request)
        .join(labels(request), on="key", how="inner")
        .group_by(pl.col("inference_time").str.slice(0, 13).alias("hour"))
        .agg(
            (positive & (label == 1)).sum().alias("tp"),
            (positive & (label == 0)).sum().alias("fp"),
            (~positive & (label == 0)).sum().alias("tn"),
            (~positive & (label == 1)).sum().alias("fn"),
        )
        .sort("hour")
    )
    write_counts(request.out, counts.collect(engine="streaming").rows())


if __name__ == "__main__":
    main({"A": merge, "B": merge_without_input, "C": confusion})

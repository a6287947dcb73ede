"""Spark, local[threads]: `read.schema(…).json`, a join, `write.parquet`. Needs Java."""

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

from peer import main, write_counts

CAPTURES = (
    "captureData STRUCT<endpointInput: STRUCT<data: STRING>, endpointOutput: STRUCT<data: STRING>>, "
    "eventMetadata STRUCT<eventId: STRING, inferenceId: STRING, inferenceTime: STRING>"
)
LABELS = "groundTruthData STRUCT<data: STRING>, eventMetadata STRUCT<eventId: STRING>"


def session(request):
    builder = (
        SparkSession.builder.master(f"local[{request.threads}]")
        .config("spark.driver.memory", "8g")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", request.threads * 4)
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.local.dir", request.temp_dir)
    )
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def read(spark, path, schema):
    return spark.read.schema(schema).option("recursiveFileLookup", "true").json(path)


def joined(request, spark):
    inference_id = f.col("eventMetadata.inferenceId")
    output = f.col("captureData.endpointOutput.data")
    label = f.col("groundTruthData.data")
    captures = read(spark, request.captures, CAPTURES).select(
        f.coalesce(f.nullif(inference_id, f.lit("")), f.col("eventMetadata.eventId")).alias("key"),
        f.col("eventMetadata.eventId").alias("event_id"),
        inference_id.alias("inference_id"),
        f.to_timestamp("eventMetadata.inferenceTime").alias("inference_time"),
        f.col("captureData.endpointInput.data").alias("input"),
        output.alias("output"),
        output.try_cast("double").alias("probability"),
    )
    labels = read(spark, request.labels, LABELS).select(
        f.col("eventMetadata.eventId").alias("key"), f.nullif(label, f.lit("")).alias("label")
    )
    return captures.join(labels, "key")


def write(request, drop=()):
    spark = session(request)
    joined(request, spark).drop(*drop).write.option("compression", "zstd").parquet(request.out)
    spark.stop()


def merge(request):
    write(request)


def merge_without_input(request):
    write(request, drop=["input"])


def confusion(request):
    spark = session(request)
    positive = f.col("probability") >= 0.5
    counts = (
        joined(request, spark)
        .groupBy(f.date_format("inference_time", "yyyy-MM-dd'T'HH").alias("hour"))
        .agg(
            f.count_if(positive & (f.col("label") == "1")),
            f.count_if(positive & (f.col("label") == "0")),
            f.count_if(~positive & (f.col("label") == "0")),
            f.count_if(~positive & (f.col("label") == "1")),
        )
        .orderBy("hour")
    )
    write_counts(request.out, counts.collect())
    spark.stop()


if __name__ == "__main__":
    main({"A": merge, "B": merge_without_input, "C": confusion})

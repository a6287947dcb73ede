# Observations: one row per prediction record and the label chosen for it, or none.
import polars as pl

# In the files.
columns = {
    "key": pl.String,  # Id of the prediction: inference_id, or event_id where there is none
    "event_id": pl.String,  # eventMetadata.eventId of the capture; null for transforms
    "inference_id": pl.String,  # eventMetadata.inferenceId of the capture, or SageMakerInferenceId of the transform record; or id_attribute in it
    "inference_time": pl.Datetime("us", "UTC"),  # When the prediction was made, UTC: eventMetadata.inferenceTime or SageMakerInferenceTime; null if unreadable
    "hour": pl.Datetime("us", "UTC"),  # First instant of the hour of the capture folder, UTC; for transforms the hour in which the job started
    "record_index": pl.Int32,  # Place of the record in its payload, from 0; one request may hold several records
    "input": pl.String,  # This record of the request, as text: endpointInput.data, or the input of the transform
    "input_encoding": pl.String,  # Encoding of input: CSV, JSON or BASE64
    "output": pl.String,  # This record of the response, as text: endpointOutput.data, or the output of the transform
    "output_encoding": pl.String,  # Encoding of output: CSV, JSON or BASE64
    "prediction": pl.String,  # Predicted class or value: inference_attribute of output, else the class that the probability decides
    "prediction_value": pl.Float64,  # prediction as a number; null where it is none
    "probability": pl.Float64,  # Probability of the positive class, as a rule 0 to 1: probability_attribute of output
    "label": pl.String,  # Ground truth: groundTruthData.data of the label, or ground_truth_attribute in it; null if unlabelled
    "label_value": pl.Float64,  # label as a number; null where it is none
    "label_hour": pl.Datetime("us", "UTC"),  # First instant of the hour of the label folder (when it was collected), UTC; null if no label was chosen
    "label_file": pl.String,  # Key of the file of the label, below the labels root; null if no label was chosen
    "label_position": pl.Int64,  # Byte offset of the label in its decompressed file
    "file": pl.String,  # Key of the file of the prediction, below the captures or transforms root
    "position": pl.Int64,  # Byte offset of the capture or transform record in its decompressed file
}

# In the paths.
partitions = {
    "model": pl.String,  # Name of the model
    "endpoint": pl.String,  # Endpoint of the capture; _batch for transforms, _labels for rejects of labels
    "variant": pl.String,  # Production variant of the capture; _batch for transforms, _labels for rejects of labels
    "date": pl.Date,  # UTC date of hour
    "hh": pl.Int8,  # UTC hour of the day of hour, 0 to 23 (00 to 23 in the path)
}

# A file that lacks a column, because it was written before the column was asked for, has nulls there.
merged = pl.scan_parquet(
    "out/merged/model=*/endpoint=*/variant=*/date=*/hh=*/part-0.parquet",
    schema=columns,
    hive_partitioning=True,
    hive_schema=partitions,
    missing_columns="insert",
    extra_columns="ignore",
)

# Observations: one row per prediction record and the label chosen for it, or none.
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

# In the files.
columns = [
    pa.field("key", pa.string(), metadata={"comment": "Id of the prediction: inference_id, or event_id where there is none"}),
    pa.field("event_id", pa.string(), metadata={"comment": "eventMetadata.eventId of the capture; null for transforms"}),
    pa.field("inference_id", pa.string(), metadata={"comment": "eventMetadata.inferenceId of the capture, or SageMakerInferenceId of the transform record; or id_attribute in it"}),
    pa.field("inference_time", pa.timestamp("us", tz="UTC"), metadata={"comment": "When the prediction was made, UTC: eventMetadata.inferenceTime or SageMakerInferenceTime; null if unreadable"}),
    pa.field("hour", pa.timestamp("us", tz="UTC"), metadata={"comment": "First instant of the hour of the capture folder, UTC; for transforms the hour in which the job started"}),
    pa.field("record_index", pa.int32(), metadata={"comment": "Place of the record in its payload, from 0; one request may hold several records"}),
    pa.field("input", pa.string(), metadata={"comment": "This record of the request, as text: endpointInput.data, or the input of the transform"}),
    pa.field("input_encoding", pa.string(), metadata={"comment": "Encoding of input: CSV, JSON or BASE64"}),
    pa.field("output", pa.string(), metadata={"comment": "This record of the response, as text: endpointOutput.data, or the output of the transform"}),
    pa.field("output_encoding", pa.string(), metadata={"comment": "Encoding of output: CSV, JSON or BASE64"}),
    pa.field("prediction", pa.string(), metadata={"comment": "Predicted class or value: inference_attribute of output, else the class that the probability decides"}),
    pa.field("prediction_value", pa.float64(), metadata={"comment": "prediction as a number; null where it is none"}),
    pa.field("probability", pa.float64(), metadata={"comment": "Probability of the positive class, as a rule 0 to 1: probability_attribute of output"}),
    pa.field("label", pa.string(), metadata={"comment": "Ground truth: groundTruthData.data of the label, or ground_truth_attribute in it; null if unlabelled"}),
    pa.field("label_value", pa.float64(), metadata={"comment": "label as a number; null where it is none"}),
    pa.field("label_hour", pa.timestamp("us", tz="UTC"), metadata={"comment": "First instant of the hour of the label folder (when it was collected), UTC; null if no label was chosen"}),
    pa.field("label_file", pa.string(), metadata={"comment": "Key of the file of the label, below the labels root; null if no label was chosen"}),
    pa.field("label_position", pa.int64(), metadata={"comment": "Byte offset of the label in its decompressed file"}),
    pa.field("file", pa.string(), metadata={"comment": "Key of the file of the prediction, below the captures or transforms root"}),
    pa.field("position", pa.int64(), metadata={"comment": "Byte offset of the capture or transform record in its decompressed file"}),
]

# In the paths.
partitions = [
    pa.field("model", pa.string(), metadata={"comment": "Name of the model"}),
    pa.field("endpoint", pa.string(), metadata={"comment": "Endpoint of the capture; _batch for transforms, _labels for rejects of labels"}),
    pa.field("variant", pa.string(), metadata={"comment": "Production variant of the capture; _batch for transforms, _labels for rejects of labels"}),
    pa.field("date", pa.date32(), metadata={"comment": "UTC date of hour"}),
    pa.field("hh", pa.int8(), metadata={"comment": "UTC hour of the day of hour, 0 to 23 (00 to 23 in the path)"}),
]

# Everything at once: `columns=[…]` and `filters=[…]` read less, and filters on partitions whole files less.
# A file that lacks a column, because it was written before the column was asked for, has nulls there.
merged = pd.read_parquet(
    "out/merged",
    engine="pyarrow",
    dtype_backend="pyarrow",
    schema=pa.schema(columns + partitions),
    partitioning=ds.partitioning(pa.schema(partitions), flavor="hive"),
    filters=None,
)

-- Observations: one row per prediction record and the label chosen for it, or none.
-- Hours are instants: SET TimeZone = 'UTC' shows them as the folders name them.
CREATE OR REPLACE VIEW merged AS
SELECT
  "key",
  "event_id",
  "inference_id",
  "inference_time",
  "hour",
  "record_index",
  "input",
  "input_encoding",
  "output",
  "output_encoding",
  "prediction",
  "prediction_value",
  "probability",
  "label",
  "label_value",
  "label_hour",
  "label_file",
  "label_position",
  "file",
  "position",
  "model",
  "endpoint",
  "variant",
  "date",
  "hh"
FROM read_parquet(
  'out/merged/model=*/endpoint=*/variant=*/date=*/hh=*/part-0.parquet',
  hive_partitioning = true,
  hive_types = { 'model': VARCHAR, 'endpoint': VARCHAR, 'variant': VARCHAR, 'date': DATE, 'hh': TINYINT },
  union_by_name = true
);

COMMENT ON VIEW merged IS 'Observations: one row per prediction record and the label chosen for it, or none';
COMMENT ON COLUMN merged."key" IS 'Id of the prediction: inference_id, or event_id where there is none';
COMMENT ON COLUMN merged."event_id" IS 'eventMetadata.eventId of the capture; null for transforms';
COMMENT ON COLUMN merged."inference_id" IS 'eventMetadata.inferenceId of the capture, or SageMakerInferenceId of the transform record; or id_attribute in it';
COMMENT ON COLUMN merged."inference_time" IS 'When the prediction was made, UTC: eventMetadata.inferenceTime or SageMakerInferenceTime; null if unreadable';
COMMENT ON COLUMN merged."hour" IS 'First instant of the hour of the capture folder, UTC; for transforms the hour in which the job started';
COMMENT ON COLUMN merged."record_index" IS 'Place of the record in its payload, from 0; one request may hold several records';
COMMENT ON COLUMN merged."input" IS 'This record of the request, as text: endpointInput.data, or the input of the transform';
COMMENT ON COLUMN merged."input_encoding" IS 'Encoding of input: CSV, JSON or BASE64';
COMMENT ON COLUMN merged."output" IS 'This record of the response, as text: endpointOutput.data, or the output of the transform';
COMMENT ON COLUMN merged."output_encoding" IS 'Encoding of output: CSV, JSON or BASE64';
COMMENT ON COLUMN merged."prediction" IS 'Predicted class or value: inference_attribute of output, else the class that the probability decides';
COMMENT ON COLUMN merged."prediction_value" IS 'prediction as a number; null where it is none';
COMMENT ON COLUMN merged."probability" IS 'Probability of the positive class, as a rule 0 to 1: probability_attribute of output';
COMMENT ON COLUMN merged."label" IS 'Ground truth: groundTruthData.data of the label, or ground_truth_attribute in it; null if unlabelled';
COMMENT ON COLUMN merged."label_value" IS 'label as a number; null where it is none';
COMMENT ON COLUMN merged."label_hour" IS 'First instant of the hour of the label folder (when it was collected), UTC; null if no label was chosen';
COMMENT ON COLUMN merged."label_file" IS 'Key of the file of the label, below the labels root; null if no label was chosen';
COMMENT ON COLUMN merged."label_position" IS 'Byte offset of the label in its decompressed file';
COMMENT ON COLUMN merged."file" IS 'Key of the file of the prediction, below the captures or transforms root';
COMMENT ON COLUMN merged."position" IS 'Byte offset of the capture or transform record in its decompressed file';
COMMENT ON COLUMN merged."model" IS 'Name of the model';
COMMENT ON COLUMN merged."endpoint" IS 'Endpoint of the capture; _batch for transforms, _labels for rejects of labels';
COMMENT ON COLUMN merged."variant" IS 'Production variant of the capture; _batch for transforms, _labels for rejects of labels';
COMMENT ON COLUMN merged."date" IS 'UTC date of hour';
COMMENT ON COLUMN merged."hh" IS 'UTC hour of the day of hour, 0 to 23 (00 to 23 in the path)';

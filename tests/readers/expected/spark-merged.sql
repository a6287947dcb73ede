-- Observations: one row per prediction record and the label chosen for it, or none.
-- Hours are instants: SET TIME ZONE 'UTC' shows them as the folders name them.
CREATE OR REPLACE TEMPORARY VIEW merged (
  `key` STRING COMMENT 'Id of the prediction: inference_id, or event_id where there is none',
  `event_id` STRING COMMENT 'eventMetadata.eventId of the capture; null for transforms',
  `inference_id` STRING COMMENT 'eventMetadata.inferenceId of the capture, or SageMakerInferenceId of the transform record; or id_attribute in it',
  `inference_time` TIMESTAMP COMMENT 'When the prediction was made, UTC: eventMetadata.inferenceTime or SageMakerInferenceTime; null if unreadable',
  `hour` TIMESTAMP COMMENT 'First instant of the hour of the capture folder, UTC; for transforms the hour in which the job started',
  `record_index` INT COMMENT 'Place of the record in its payload, from 0; one request may hold several records',
  `input` STRING COMMENT 'This record of the request, as text: endpointInput.data, or the input of the transform',
  `input_encoding` STRING COMMENT 'Encoding of input: CSV, JSON or BASE64',
  `output` STRING COMMENT 'This record of the response, as text: endpointOutput.data, or the output of the transform',
  `output_encoding` STRING COMMENT 'Encoding of output: CSV, JSON or BASE64',
  `prediction` STRING COMMENT 'Predicted class or value: inference_attribute of output, else the class that the probability decides',
  `prediction_value` DOUBLE COMMENT 'prediction as a number; null where it is none',
  `probability` DOUBLE COMMENT 'Probability of the positive class, as a rule 0 to 1: probability_attribute of output',
  `label` STRING COMMENT 'Ground truth: groundTruthData.data of the label, or ground_truth_attribute in it; null if unlabelled',
  `label_value` DOUBLE COMMENT 'label as a number; null where it is none',
  `label_hour` TIMESTAMP COMMENT 'First instant of the hour of the label folder (when it was collected), UTC; null if no label was chosen',
  `label_file` STRING COMMENT 'Key of the file of the label, below the labels root; null if no label was chosen',
  `label_position` BIGINT COMMENT 'Byte offset of the label in its decompressed file',
  `file` STRING COMMENT 'Key of the file of the prediction, below the captures or transforms root',
  `position` BIGINT COMMENT 'Byte offset of the capture or transform record in its decompressed file',
  `model` STRING COMMENT 'Name of the model',
  `endpoint` STRING COMMENT 'Endpoint of the capture; _batch for transforms, _labels for rejects of labels',
  `variant` STRING COMMENT 'Production variant of the capture; _batch for transforms, _labels for rejects of labels',
  `date` DATE COMMENT 'UTC date of hour',
  `hh` TINYINT COMMENT 'UTC hour of the day of hour, 0 to 23 (00 to 23 in the path)'
)
USING parquet
OPTIONS (path 'out/merged');

-- Observations: one row per prediction record and the label chosen for it, or none.
-- A new model, endpoint or variant needs a new table: print it again.
CREATE EXTERNAL TABLE IF NOT EXISTS `merged` (
  `key` string COMMENT 'Id of the prediction: inference_id, or event_id where there is none',
  `event_id` string COMMENT 'eventMetadata.eventId of the capture; null for transforms',
  `inference_id` string COMMENT 'eventMetadata.inferenceId of the capture, or SageMakerInferenceId of the transform record; or id_attribute in it',
  `inference_time` timestamp COMMENT 'When the prediction was made, UTC: eventMetadata.inferenceTime or SageMakerInferenceTime; null if unreadable',
  `hour` timestamp COMMENT 'First instant of the hour of the capture folder, UTC; for transforms the hour in which the job started',
  `record_index` int COMMENT 'Place of the record in its payload, from 0; one request may hold several records',
  `input` string COMMENT 'This record of the request, as text: endpointInput.data, or the input of the transform',
  `input_encoding` string COMMENT 'Encoding of input: CSV, JSON or BASE64',
  `output` string COMMENT 'This record of the response, as text: endpointOutput.data, or the output of the transform',
  `output_encoding` string COMMENT 'Encoding of output: CSV, JSON or BASE64',
  `prediction` string COMMENT 'Predicted class or value: inference_attribute of output, else the class that the probability decides',
  `prediction_value` double COMMENT 'prediction as a number; null where it is none',
  `probability` double COMMENT 'Probability of the positive class, as a rule 0 to 1: probability_attribute of output',
  `label` string COMMENT 'Ground truth: groundTruthData.data of the label, or ground_truth_attribute in it; null if unlabelled',
  `label_value` double COMMENT 'label as a number; null where it is none',
  `label_hour` timestamp COMMENT 'First instant of the hour of the label folder (when it was collected), UTC; null if no label was chosen',
  `label_file` string COMMENT 'Key of the file of the label, below the labels root; null if no label was chosen',
  `label_position` bigint COMMENT 'Byte offset of the label in its decompressed file',
  `file` string COMMENT 'Key of the file of the prediction, below the captures or transforms root',
  `position` bigint COMMENT 'Byte offset of the capture or transform record in its decompressed file'
)
COMMENT 'Observations: one row per prediction record and the label chosen for it, or none'
PARTITIONED BY (
  `model` string COMMENT 'Name of the model',
  `endpoint` string COMMENT 'Endpoint of the capture; _batch for transforms, _labels for rejects of labels',
  `variant` string COMMENT 'Production variant of the capture; _batch for transforms, _labels for rejects of labels',
  `date` string COMMENT 'UTC date of hour',
  `hh` int COMMENT 'UTC hour of the day of hour, 0 to 23 (00 to 23 in the path)'
)
STORED AS PARQUET
LOCATION 'out/merged/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.model.type' = 'enum',
  'projection.model.values' = 'churn',
  'projection.endpoint.type' = 'enum',
  'projection.endpoint.values' = 'shop',
  'projection.variant.type' = 'enum',
  'projection.variant.values' = 'AllTraffic',
  'projection.date.type' = 'date',
  'projection.date.format' = 'yyyy-MM-dd',
  'projection.date.range' = '2026-11-01,NOW',
  'projection.hh.type' = 'integer',
  'projection.hh.range' = '0,23',
  'projection.hh.digits' = '2',
  'storage.location.template' = 'out/merged/model=${model}/endpoint=${endpoint}/variant=${variant}/date=${date}/hh=${hh}'
);

-- {{row}}.
{{notes}}
CREATE EXTERNAL TABLE IF NOT EXISTS `{{table}}` (
{{columns}}
)
COMMENT {{row_text}}
PARTITIONED BY (
{{partitions}}
)
STORED AS PARQUET
LOCATION {{folder}}{{properties}};

-- {{row}}.
-- Hours are instants: SET TIME ZONE 'UTC' shows them as the folders name them.
CREATE OR REPLACE TEMPORARY VIEW {{table}} (
{{columns}}
)
USING parquet
OPTIONS ({{options}});

-- What execution itself asks. `{catalog}`, `{table}` are back-quoted names, `{position}` is a number,
-- `{condition}` is an OR of comparisons with parameters; `{state}` is the state schema.

-- name: objects
-- What the named tables and views are, with their columns, as far as the asking person may see them.
SELECT t.table_catalog, t.table_schema, t.table_name, t.table_type, t.data_source_format,
       c.column_name, c.full_data_type, c.is_nullable, c.column_default, c.ordinal_position
FROM {catalog}.information_schema.tables AS t
LEFT JOIN {catalog}.information_schema.columns AS c
  ON c.table_schema = t.table_schema AND c.table_name = t.table_name
WHERE {condition}

-- name: schema
-- The schema that a new table would be in, in the columns of `objects`.
SELECT s.catalog_name, s.schema_name, CAST(NULL AS STRING), 'SCHEMA', CAST(NULL AS STRING),
       CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS INT)
FROM {catalog}.information_schema.schemata AS s
WHERE lower(s.schema_name) = :schema_of

-- name: version
-- The newest commit of a Delta table, the table's own id (another one after DROP and CREATE), and its size.
SELECT {position} AS position, h.version AS version, d.id AS id, d.sizeInBytes AS bytes
FROM (DESCRIBE HISTORY {table} LIMIT 1) AS h CROSS JOIN (DESCRIBE DETAIL {table}) AS d

-- name: presence
-- One row when there is a table or view of that name.
SELECT {position} AS position, CAST(NULL AS BIGINT) AS version, t.table_type AS id, CAST(NULL AS BIGINT) AS bytes
FROM {catalog}.information_schema.tables AS t
WHERE {condition}

-- name: views
-- Views whose text holds a name; whether they read the table is decided by reading the text.
SELECT v.table_catalog, v.table_schema, v.table_name, v.view_definition
FROM {catalog}.information_schema.views AS v
WHERE lower(v.view_definition) LIKE :pattern
ORDER BY v.table_schema, v.table_name
LIMIT 1000

-- name: runs_of_request
-- The runs that a grant of an approval request led to, oldest first.
SELECT * FROM {state}.execution_runs_first WHERE request_id = :request_id ORDER BY started_at, run_id

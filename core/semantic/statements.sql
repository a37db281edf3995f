-- What the semantic layer reads of its own tables.

-- name: semantics
-- The newest models of every schema, and every row of verified queries: which of those count is decided by their
-- signatures, which only the reader can check.
SELECT 'model' AS part, model_id AS row_id, schema_name AS query_id, schema_name, status, catalog AS query, saved_by,
       saved_at, CAST(NULL AS STRING) AS key_id, CAST(NULL AS STRING) AS signature, confirmed_by, confirmed_at
FROM {state}.semantic_models_latest
UNION ALL
SELECT 'query', row_id, query_id, schema_name, status, query, saved_by, saved_at, key_id, signature,
       CAST(NULL AS STRING), CAST(NULL AS TIMESTAMP)
FROM {state}.verified_queries
ORDER BY part, schema_name, row_id

-- name: protected_columns
-- Columns of a table that a mask stands on; a row without a column says that a row filter stands on the table.
SELECT column_name FROM {catalog}.information_schema.column_masks
WHERE table_schema = :schema AND table_name = :table
UNION ALL
SELECT CAST(NULL AS STRING) FROM {catalog}.information_schema.row_filters
WHERE table_schema = :schema AND table_name = :table

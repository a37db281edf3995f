-- What the semantic layer reads of its own table.

-- name: catalogs
SELECT schema_name, catalog FROM {state}.semantic_models_latest
ORDER BY schema_name

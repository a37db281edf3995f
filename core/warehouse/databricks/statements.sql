-- What the adapter itself asks of Unity Catalog. `{catalog}` is a back-quoted name.

-- name: columns
-- Tables and views of a schema with their columns; names of Unity Catalog are lower case.
SELECT t.table_name, t.table_type, t.comment AS table_comment,
       c.column_name, c.full_data_type, c.is_nullable, c.comment AS column_comment
FROM {catalog}.information_schema.tables AS t
LEFT JOIN {catalog}.information_schema.columns AS c
  ON c.table_schema = t.table_schema AND c.table_name = t.table_name
WHERE t.table_schema IN (:schema, lower(:schema))
  AND (:table IS NULL OR lower(t.table_name) = lower(:table))
ORDER BY t.table_name, c.ordinal_position

-- name: keys
-- Declared keys, which Databricks keeps as information; a foreign key with what it points at.
SELECT k.table_name, k.constraint_name, s.constraint_type, k.column_name, k.ordinal_position,
       u.table_schema AS target_schema, u.table_name AS target_table, u.column_name AS target_column
FROM {catalog}.information_schema.key_column_usage AS k
JOIN {catalog}.information_schema.table_constraints AS s
  ON s.constraint_schema = k.constraint_schema AND s.constraint_name = k.constraint_name
     AND s.table_name = k.table_name
LEFT JOIN {catalog}.information_schema.referential_constraints AS r
  ON r.constraint_schema = k.constraint_schema AND r.constraint_name = k.constraint_name
LEFT JOIN {catalog}.information_schema.key_column_usage AS u
  ON u.constraint_schema = r.unique_constraint_schema AND u.constraint_name = r.unique_constraint_name
     AND u.ordinal_position = k.position_in_unique_constraint
WHERE k.table_schema IN (:schema, lower(:schema))
  AND (:table IS NULL OR lower(k.table_name) = lower(:table))
ORDER BY k.table_name, k.constraint_name, k.ordinal_position

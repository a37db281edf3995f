-- What tests read. {table}, {column} and the like are filled with quoted names and literals, never with a person's text.

-- name: profile
SELECT COUNT(*) AS n, {figures} FROM {table}

-- name: values_of
-- One row a value of a column with few values.
SELECT {index} AS i, CAST({column} AS STRING) AS v, COUNT(*) AS n FROM {table} WHERE {column} IS NOT NULL GROUP BY {column}

-- name: repeats
-- Rows that repeat an earlier one in all of {columns}.
SELECT COALESCE(SUM(n - 1), 0) FROM (SELECT COUNT(*) AS n FROM {table} GROUP BY {columns} HAVING COUNT(*) > 1) AS r

-- name: missing_by
-- How many values of {condition_column} are missing, by the values of another column.
SELECT {index} AS i, CAST({by} AS STRING) AS v, COUNT(*) AS n, COUNT({column}) AS present FROM {table} GROUP BY {by}

-- name: rows_where
SELECT {shown} FROM {table} WHERE {condition}

-- name: not_unique
SELECT {shown}, COUNT(*) AS `times` FROM {table} WHERE {present} GROUP BY {shown} HAVING COUNT(*) > 1

-- name: orphans
SELECT {shown} FROM {table} AS c LEFT ANTI JOIN {parent} AS p ON {condition} WHERE {present}

-- name: counted
-- Counts several checks of one table at once.
SELECT COUNT(*) AS n, {figures} FROM {table}

-- name: violations
SELECT {index} AS i, COUNT(*) AS n FROM ({statement}) AS v

-- name: repeated_rows
SELECT {shown}, COUNT(*) AS `times` FROM {table} GROUP BY {shown} HAVING COUNT(*) > 1

-- name: sample
SELECT {index} AS i, {text} AS t FROM (SELECT {shown} FROM ({statement}) AS v ORDER BY {shown} LIMIT 5) AS s

-- name: stale
SELECT newest FROM (SELECT MAX({column}) AS newest FROM {table}) AS f WHERE newest IS NULL OR newest < {limit}

-- name: outside
SELECT figure FROM (SELECT {figure} AS figure FROM {table}) AS f WHERE figure IS NULL OR figure < {low} OR figure > {high}

-- name: totals
-- Sums of the rows that belong together, one column a way to add them up.
SELECT {keys}, {sums} FROM {source} GROUP BY {groups}

-- name: agreement
-- In how many rows a stated figure is what the rows that belong to it add up to.
SELECT {figures} FROM {table} AS h LEFT JOIN ({totals}) AS l ON {condition}

-- name: disagreeing
SELECT {shown}, {figure} AS `stated`, l.s0 AS `summed` FROM {table} AS h LEFT JOIN ({totals}) AS l ON {condition}
WHERE {figure} IS NOT NULL AND NOT ({agrees})

-- name: shape
SELECT * FROM ({statement}) AS answer WHERE FALSE

-- name: row_count
SELECT COUNT(*) AS n FROM ({statement}) AS answer

-- name: apart
-- Two totals that should be one: a row when they are not.
SELECT a.t AS `one`, b.t AS `other` FROM ({one}) AS a CROSS JOIN ({other}) AS b
WHERE (a.t IS NULL AND b.t IS NOT NULL) OR (a.t IS NOT NULL AND b.t IS NULL) OR ABS(a.t - b.t) > {tolerance}

-- name: kept
-- The tests of one target, or of a schema, with how each went last.
SELECT w.definition, w.version, r.status, r.failing_since
FROM {state}.checks_latest AS w LEFT JOIN {state}.test_runs_latest AS r ON w.check_id = r.check_id
WHERE NOT w.retired AND (w.schema_name = :schema OR w.target = :target)
ORDER BY w.target, w.kind, w.name

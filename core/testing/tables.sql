-- Tests as they were written: one row a version, the newest of a check_id counts. Written again unchanged, no row more.
CREATE TABLE IF NOT EXISTS {state}.test_cases (
  check_id STRING NOT NULL COMMENT 'follows from target, kind and name',
  version INT,
  kind STRING COMMENT 'unit or integration',
  rule STRING,
  name STRING,
  target STRING COMMENT 'table, statement or model',
  schema_name STRING COMMENT 'catalog.schema of what it reads',
  retired BOOLEAN,
  sentence STRING,
  statement STRING,
  definition STRING COMMENT 'JSON of the whole check',
  written_by STRING,
  written_role STRING,
  correlation_id STRING,
  written_at TIMESTAMP
) USING DELTA CLUSTER BY (schema_name, target) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

-- Validation rules of tables, kept in the same way.
CREATE TABLE IF NOT EXISTS {state}.validation_rules (
  check_id STRING NOT NULL COMMENT 'follows from target, kind and name',
  version INT,
  kind STRING COMMENT 'rule',
  rule STRING COMMENT 'not_null, unique, referential, ...',
  name STRING,
  target STRING COMMENT 'the table',
  schema_name STRING COMMENT 'catalog.schema of what it reads',
  retired BOOLEAN,
  sentence STRING,
  statement STRING COMMENT 'returns the violations',
  definition STRING COMMENT 'JSON of the whole check',
  written_by STRING,
  written_role STRING,
  correlation_id STRING,
  written_at TIMESTAMP
) USING DELTA CLUSTER BY (schema_name, target) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

-- One row a check and run.
CREATE TABLE IF NOT EXISTS {state}.test_runs (
  run_id STRING NOT NULL COMMENT 'follows from the request and the check: the same request twice is one run',
  check_id STRING,
  version INT,
  kind STRING,
  rule STRING,
  name STRING,
  target STRING,
  schema_name STRING,
  status STRING COMMENT 'passed, failed, error or not_run',
  change STRING COMMENT 'new, same, first failed, still failing or mended, against the run before',
  failing_since TIMESTAMP COMMENT 'when the failing that still lasts was first seen',
  violations BIGINT,
  row_count BIGINT COMMENT 'rows that were looked at',
  detail STRING,
  sample STRING COMMENT 'JSON: at most five violations in words',
  statement STRING,
  statement_id STRING,
  user_id STRING,
  user_role STRING,
  correlation_id STRING,
  ran_at TIMESTAMP
) USING DELTA CLUSTER BY (schema_name, target) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

CREATE OR REPLACE VIEW {state}.checks_latest AS
SELECT * FROM (SELECT * FROM {state}.test_cases UNION ALL SELECT * FROM {state}.validation_rules) AS written
QUALIFY ROW_NUMBER() OVER (PARTITION BY check_id ORDER BY version DESC, written_at) = 1;

CREATE OR REPLACE VIEW {state}.test_runs_latest AS
SELECT * FROM {state}.test_runs
QUALIFY ROW_NUMBER() OVER (PARTITION BY check_id ORDER BY ran_at DESC, run_id DESC) = 1;

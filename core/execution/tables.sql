-- One row a run, written when it ended (or was refused). A later row of the same run_id repeats it.
CREATE TABLE IF NOT EXISTS {state}.execution_runs (
  run_id STRING NOT NULL,
  kind STRING,
  licence STRING,
  request_id STRING,
  language STRING,
  statement STRING,
  statement_id STRING,
  user_id STRING,
  user_role STRING,
  correlation_id STRING,
  session_id STRING,
  started_at TIMESTAMP,
  ended_at TIMESTAMP,
  status STRING,
  row_count BIGINT,
  truncated BOOLEAN,
  affected_rows BIGINT,
  result_rows BIGINT,
  result_bytes BIGINT,
  preview STRING,
  error_code STRING,
  error STRING
) USING DELTA CLUSTER BY (correlation_id) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

CREATE OR REPLACE VIEW {state}.execution_runs_first AS
SELECT * FROM {state}.execution_runs
QUALIFY row_number() OVER (PARTITION BY run_id ORDER BY ended_at) = 1;

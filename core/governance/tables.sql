-- One row a request for approval; its status is derived (pending until expires_at, then expired).
CREATE TABLE IF NOT EXISTS {state}.approval_requests (
  request_id STRING NOT NULL,
  kind STRING,
  risk STRING,
  digest STRING,
  statement STRING,
  language STRING,
  parameters STRING,
  target STRING,
  requester STRING,
  requester_role STRING,
  run_as STRING,
  rule_ids STRING,
  rule_hashes STRING,
  approver_roles STRING,
  quorum BIGINT,
  correlation_id STRING,
  session_id STRING,
  title STRING,
  created_at TIMESTAMP,
  expires_at TIMESTAMP,
  key_id STRING,
  signature STRING
) USING DELTA CLUSTER BY (request_id) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

-- Who may read a loaded schema: JSON list of roles, NULL for every role that may ask about tables. The latest row counts.
CREATE TABLE IF NOT EXISTS {state}.data_scopes (
  scope_id STRING NOT NULL,
  schema_name STRING,
  roles STRING,
  set_by STRING,
  set_at TIMESTAMP
) USING DELTA CLUSTER BY (schema_name) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

CREATE OR REPLACE VIEW {state}.approval_requests_first AS
SELECT * FROM {state}.approval_requests
QUALIFY row_number() OVER (PARTITION BY request_id ORDER BY created_at) = 1;

CREATE OR REPLACE VIEW {state}.data_scopes_latest AS
SELECT * FROM {state}.data_scopes
QUALIFY row_number() OVER (PARTITION BY lower(schema_name) ORDER BY scope_id DESC) = 1;

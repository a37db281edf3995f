-- One row a request for approval, never changed; how it stands follows from the rows below and from the time.
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
  escalation_roles STRING,
  quorum BIGINT,
  correlation_id STRING,
  session_id STRING,
  title STRING,
  runner STRING,
  effect STRING,
  supersedes STRING,
  undo_seconds DOUBLE,
  created_at TIMESTAMP,
  due_at TIMESTAMP,
  expires_at TIMESTAMP,
  key_id STRING,
  signature STRING
) USING DELTA CLUSTER BY (request_id) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

-- What people (and written rules) decided, and what they took back: verdict approve, reject, withdraw, supersede or undo.
CREATE TABLE IF NOT EXISTS {state}.approval_decisions (
  decision_id STRING NOT NULL,
  request_id STRING,
  verdict STRING,
  reason STRING,
  digest_seen STRING,
  undoes STRING,
  user_id STRING,
  user_role STRING,
  decided_at TIMESTAMP,
  key_id STRING,
  signature STRING
) USING DELTA CLUSTER BY (request_id) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

-- One licence a request, made with it; good once the decisions are there, and updated once: when it is consumed.
CREATE TABLE IF NOT EXISTS {state}.approval_grants (
  request_id STRING NOT NULL,
  digest STRING,
  created_at TIMESTAMP,
  consumed_by STRING,
  consumed_at TIMESTAMP,
  key_id STRING,
  signature STRING
) USING DELTA CLUSTER BY (request_id) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

-- Who may read a loaded schema: JSON list of roles, NULL for every role that may ask about tables. The latest row that is
-- signed counts. `approval_id` is the request that allowed it; NULL for what was set while data was loaded.
CREATE TABLE IF NOT EXISTS {state}.data_scopes (
  scope_id STRING NOT NULL,
  schema_name STRING,
  roles STRING,
  set_by STRING,
  set_at TIMESTAMP,
  approval_id STRING,
  key_id STRING,
  signature STRING
) USING DELTA CLUSTER BY (schema_name) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

-- The roles of a person: JSON list, NULL to go back to what the workspace's groups (or the settings) say. The latest
-- row of a person counts. `approval_id` is the request that allowed it.
CREATE TABLE IF NOT EXISTS {state}.role_assignments (
  assignment_id STRING NOT NULL,
  user_id STRING,
  roles STRING,
  approval_id STRING,
  assigned_by STRING,
  assigned_at TIMESTAMP,
  key_id STRING,
  signature STRING
) USING DELTA CLUSTER BY (user_id) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

-- Agents switched off and on; the latest row of an agent counts.
CREATE TABLE IF NOT EXISTS {state}.agent_switches (
  switch_id STRING NOT NULL,
  agent STRING,
  enabled BOOLEAN,
  reason STRING,
  switched_by STRING,
  switched_at TIMESTAMP,
  key_id STRING,
  signature STRING
) USING DELTA CLUSTER BY (agent) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

CREATE OR REPLACE VIEW {state}.approval_requests_first AS
SELECT * FROM {state}.approval_requests
QUALIFY row_number() OVER (PARTITION BY request_id ORDER BY created_at) = 1;

-- One wide row a span; no payload text.
CREATE TABLE IF NOT EXISTS {state}.agent_spans (
  span_id STRING NOT NULL,
  trace_id STRING,
  parent_span_id STRING,
  correlation_id STRING,
  session_id STRING,
  user_id STRING,
  user_role STRING,
  name STRING,
  agent STRING,
  kind STRING,
  rung STRING,
  prompt_version STRING,
  arm STRING,
  model STRING,
  tokens_in BIGINT,
  tokens_out BIGINT,
  tokens_cached BIGINT,
  cost DOUBLE,
  price_id STRING,
  status STRING,
  error_code STRING,
  start_time TIMESTAMP,
  duration_ms DOUBLE,
  queue_wait_ms DOUBLE,
  rows BIGINT,
  statement_id STRING,
  statements BIGINT,
  attributes STRING
) USING DELTA CLUSTER BY (trace_id) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

-- One row a question, as it ended.
CREATE TABLE IF NOT EXISTS {state}.query_log (
  query_id STRING NOT NULL,
  correlation_id STRING,
  session_id STRING,
  user_id STRING,
  user_role STRING,
  question STRING,
  intent STRING,
  status STRING,
  rung STRING,
  sql STRING,
  confidence DOUBLE,
  knowledge_hit BOOLEAN,
  seconds DOUBLE,
  statements BIGINT,
  error_code STRING,
  asked_at TIMESTAMP
) USING DELTA CLUSTER BY (user_id, correlation_id) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

-- One row a rating; the latest of a person for an answer counts.
CREATE TABLE IF NOT EXISTS {state}.feedback (
  feedback_id STRING NOT NULL,
  correlation_id STRING,
  session_id STRING,
  user_id STRING,
  user_role STRING,
  rating STRING,
  reason STRING,
  given_at TIMESTAMP
) USING DELTA CLUSTER BY (session_id) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

CREATE OR REPLACE VIEW {state}.agent_spans_first AS
SELECT * FROM {state}.agent_spans
QUALIFY row_number() OVER (PARTITION BY span_id ORDER BY start_time) = 1;

CREATE OR REPLACE VIEW {state}.query_log_first AS
SELECT * FROM {state}.query_log
QUALIFY row_number() OVER (PARTITION BY query_id ORDER BY asked_at) = 1;

CREATE OR REPLACE VIEW {state}.feedback_latest AS
SELECT * FROM {state}.feedback
QUALIFY row_number() OVER (PARTITION BY correlation_id, user_id ORDER BY feedback_id DESC) = 1;

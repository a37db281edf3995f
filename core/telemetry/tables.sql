-- One wide row a span; no payload text. A root span also sums what its whole trace took (total_*, warehouse_seconds).
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
  provider STRING,
  model STRING,
  tokens_in BIGINT,
  tokens_out BIGINT,
  tokens_cached BIGINT,
  cost DOUBLE COMMENT 'of this span alone, frozen when it ended; NULL where nothing was to pay or no price is known',
  currency STRING,
  price_id STRING,
  unpriced BIGINT COMMENT '1 for a call without a known price',
  status STRING,
  error_code STRING,
  start_time TIMESTAMP,
  duration_ms DOUBLE,
  queue_wait_ms DOUBLE,
  rows BIGINT,
  statement_id STRING,
  statements BIGINT,
  linked_span_id STRING COMMENT 'of a wait: the span at its other end',
  intent STRING,
  outcome STRING COMMENT 'of a request: the status of its response',
  total_cost DOUBLE,
  total_tokens_in BIGINT,
  total_tokens_out BIGINT,
  total_unpriced BIGINT,
  warehouse_seconds DOUBLE,
  attributes STRING
) USING DELTA CLUSTER BY (start_time) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

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

-- What went in and came out of a span, as text; read for one trace at a time, never by dashboards.
CREATE TABLE IF NOT EXISTS {state}.span_payloads (
  span_id STRING NOT NULL,
  trace_id STRING,
  user_id STRING,
  input STRING,
  output STRING,
  start_time TIMESTAMP
) USING DELTA CLUSTER BY (trace_id) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

-- Spans of one hour by everything that a dashboard filters by. Of an hour the rows of the newest version in
-- span_hours count.
CREATE TABLE IF NOT EXISTS {state}.usage_rollup_hourly (
  hour TIMESTAMP NOT NULL,
  version STRING,
  agent STRING,
  kind STRING,
  name STRING,
  provider STRING,
  model STRING,
  user_id STRING,
  user_role STRING,
  prompt_version STRING,
  arm STRING,
  intent STRING,
  rung STRING,
  outcome STRING,
  status STRING,
  error_code STRING,
  currency STRING,
  is_root BOOLEAN,
  spans BIGINT,
  duration_ms DOUBLE,
  tokens_in BIGINT,
  tokens_out BIGINT,
  tokens_cached BIGINT,
  cost DOUBLE,
  unpriced BIGINT,
  warehouse_seconds DOUBLE
) USING DELTA CLUSTER BY (hour) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

-- Durations of one hour's requests and handlings as counts in buckets whose bounds grow by a fiftieth: bucket b holds what
-- is above 1.02^(b-1) and at most 1.02^b milliseconds. Counts of any hours may be added: a percentile over them is right
-- within one percent.
CREATE TABLE IF NOT EXISTS {state}.latency_rollup_hourly (
  hour TIMESTAMP NOT NULL,
  version STRING,
  agent STRING,
  kind STRING COMMENT 'request or agent',
  bucket BIGINT,
  spans BIGINT
) USING DELTA CLUSTER BY (hour) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

-- Which hours were looked through, and how many rows they had then; another count means that the hour is due again.
CREATE TABLE IF NOT EXISTS {state}.span_hours (
  hour TIMESTAMP NOT NULL,
  version STRING NOT NULL,
  rows_read BIGINT,
  made_at TIMESTAMP
) USING DELTA CLUSTER BY (hour) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

-- Spans that were written more than once; found when their hour was looked through.
CREATE TABLE IF NOT EXISTS {state}.span_repeats (
  span_id STRING NOT NULL,
  start_time TIMESTAMP,
  found_at TIMESTAMP
) USING DELTA CLUSTER BY (start_time) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

CREATE OR REPLACE VIEW {state}.span_hours_latest AS
SELECT * FROM {state}.span_hours
QUALIFY row_number() OVER (PARTITION BY hour ORDER BY version DESC) = 1;

-- Every span once. Only what was written since the last look is compared row by row: a repeated row of an hour that was
-- looked through stands in span_repeats.
CREATE OR REPLACE VIEW {state}.agent_spans_first AS
SELECT s.* FROM {state}.agent_spans AS s LEFT ANTI JOIN {state}.span_repeats AS r ON r.span_id = s.span_id
WHERE s.start_time < (SELECT coalesce(max(hour) + INTERVAL 1 HOUR, TIMESTAMP '1970-01-01') FROM {state}.span_hours)
UNION ALL
SELECT * FROM {state}.agent_spans
WHERE start_time >= (SELECT coalesce(max(hour) + INTERVAL 1 HOUR, TIMESTAMP '1970-01-01') FROM {state}.span_hours)
QUALIFY row_number() OVER (PARTITION BY span_id ORDER BY start_time) = 1
UNION ALL
SELECT s.* FROM {state}.agent_spans AS s LEFT SEMI JOIN {state}.span_repeats AS r ON r.span_id = s.span_id
WHERE s.start_time < (SELECT coalesce(max(hour) + INTERVAL 1 HOUR, TIMESTAMP '1970-01-01') FROM {state}.span_hours)
QUALIFY row_number() OVER (PARTITION BY s.span_id ORDER BY s.start_time) = 1;


CREATE OR REPLACE VIEW {state}.query_log_first AS
SELECT * FROM {state}.query_log
QUALIFY row_number() OVER (PARTITION BY query_id ORDER BY asked_at) = 1;

CREATE OR REPLACE VIEW {state}.feedback_latest AS
SELECT * FROM {state}.feedback
QUALIFY row_number() OVER (PARTITION BY correlation_id, user_id ORDER BY feedback_id DESC) = 1;

-- The bus's tables. Append-only but for process_leases, whose rows are renewed and taken over in place.

CREATE TABLE IF NOT EXISTS {state}.agent_messages (
  message_id STRING NOT NULL,
  from_agent STRING,
  to_agent STRING,
  message_type STRING COMMENT 'request, response or event',
  content STRING COMMENT 'JSON: kind, schema_version, body',
  timestamp TIMESTAMP,
  correlation_id STRING,
  priority INT COMMENT '10 is most urgent, 5 the default',
  reply_to STRING COMMENT 'of a response: the request that it answers',
  session_id STRING,
  user_id STRING,
  user_role STRING,
  expires_at TIMESTAMP,
  schema_version INT,
  process_id STRING COMMENT 'the process that owes the answer; see process_leases',
  key_id STRING,
  signature STRING COMMENT 'HMAC-SHA256 over every other column'
) USING DELTA CLUSTER BY (session_id, timestamp) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

CREATE OR REPLACE VIEW {state}.agent_messages_first AS
SELECT * FROM {state}.agent_messages
QUALIFY ROW_NUMBER() OVER (PARTITION BY message_id ORDER BY timestamp, signature) = 1;

CREATE TABLE IF NOT EXISTS {state}.agent_events (
  event_id STRING NOT NULL,
  event_type STRING,
  source_agent STRING,
  payload STRING COMMENT 'JSON',
  correlation_id STRING,
  timestamp TIMESTAMP
) USING DELTA CLUSTER BY (event_type, timestamp) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

CREATE OR REPLACE VIEW {state}.agent_events_first AS
SELECT * FROM {state}.agent_events
QUALIFY ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY timestamp) = 1;

-- Up to where a subscriber has been handed the events; the newest row counts.
CREATE TABLE IF NOT EXISTS {state}.event_cursors (
  cursor_id STRING NOT NULL,
  agent STRING,
  event_type STRING,
  position STRING,
  timestamp TIMESTAMP
) USING DELTA CLUSTER BY (agent, event_type) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

CREATE TABLE IF NOT EXISTS {state}.agent_shared_memory (
  memory_id STRING NOT NULL,
  scope STRING COMMENT 'a correlation id or a conversation id',
  key STRING,
  value STRING COMMENT 'JSON; null in the row of a deletion',
  writer STRING,
  timestamp TIMESTAMP,
  expires_at TIMESTAMP,
  deleted BOOLEAN
) USING DELTA CLUSTER BY (scope, key) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

CREATE TABLE IF NOT EXISTS {state}.agent_registry (
  registration_id STRING NOT NULL,
  agent STRING,
  version STRING,
  capabilities STRING COMMENT 'JSON list',
  kinds STRING COMMENT 'JSON list of the kinds of message that it handles',
  registered_at TIMESTAMP
) USING DELTA CLUSTER BY (agent) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

CREATE OR REPLACE VIEW {state}.agent_registry_latest AS
SELECT * FROM {state}.agent_registry
QUALIFY ROW_NUMBER() OVER (PARTITION BY agent ORDER BY registered_at DESC, registration_id DESC) = 1;

CREATE TABLE IF NOT EXISTS {state}.dead_letters (
  dead_letter_id STRING NOT NULL,
  message_id STRING,
  agent STRING,
  kind STRING,
  reason STRING,
  causes STRING COMMENT 'JSON list, outermost first: type, code, message',
  attempts INT,
  correlation_id STRING,
  timestamp TIMESTAMP
) USING DELTA CLUSTER BY (timestamp) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

CREATE OR REPLACE VIEW {state}.dead_letters_first AS
SELECT * FROM {state}.dead_letters
QUALIFY ROW_NUMBER() OVER (PARTITION BY dead_letter_id ORDER BY timestamp) = 1;

CREATE TABLE IF NOT EXISTS {state}.process_leases (
  process_id STRING NOT NULL,
  host STRING,
  pid BIGINT,
  kind STRING COMMENT 'run, ask, worker, job or test',
  started_at TIMESTAMP,
  renewed_at TIMESTAMP,
  expires_at TIMESTAMP,
  owner STRING COMMENT 'the process that answers for it: itself, or who took over',
  fence BIGINT COMMENT 'grows by one with every take-over',
  closed BOOLEAN COMMENT 'nothing of it is left to answer'
) USING DELTA CLUSTER BY (owner) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

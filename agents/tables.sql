-- Conversations live in agent_messages; this table holds what people did to them.
CREATE TABLE IF NOT EXISTS {state}.conversations (
  event_id STRING NOT NULL,
  session_id STRING COMMENT 'the conversation id of the URL',
  event STRING COMMENT 'created, renamed, deleted or restored',
  title STRING,
  user_id STRING,
  user_role STRING,
  timestamp TIMESTAMP
) USING DELTA CLUSTER BY (user_id, session_id) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

CREATE OR REPLACE VIEW {state}.conversations_first AS
SELECT * FROM {state}.conversations
QUALIFY ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY timestamp) = 1;

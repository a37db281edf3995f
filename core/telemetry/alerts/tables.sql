-- One row a version of a rule, never changed; the newest signed one of a rule counts, also in place of a shipped rule of
-- the same id.
CREATE TABLE IF NOT EXISTS {state}.alert_rules (
  version STRING NOT NULL,
  rule_id STRING,
  name STRING,
  metric STRING,
  agent STRING,
  user_role STRING,
  model STRING,
  per_agent BOOLEAN,
  time_window STRING,
  operator STRING,
  warn DOUBLE,
  alert DOUBLE,
  least_sample BIGINT,
  no_data STRING,
  renotify_minutes BIGINT,
  enabled BOOLEAN,
  saved_by STRING,
  saved_at TIMESTAMP,
  key_id STRING,
  signature STRING
) USING DELTA CLUSTER BY (rule_id) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

-- One row for each change of a state (kind 'state'), and for each time that people are reminded of one (kinds 'reminder'
-- and 'unsilenced'). The id follows from rule, version, series, point and level, so that whoever finds the same change
-- writes the same row. Updated once: when somebody takes it on to tell people.
-- Kind 'mark' stands in the same table to be written in the same commit: how far evaluation came (series 'tick', and
-- 'rule <version>' at a version's first time), and how many rows (sample) a minute (point) of a source (series) had when it
-- was looked at: another number means that rows came late.
CREATE TABLE IF NOT EXISTS {state}.alert_events (
  event_id STRING NOT NULL,
  rule_id STRING,
  rule_version STRING,
  series STRING COMMENT 'the agent, of a rule that looks at each agent alone; else empty',
  point TIMESTAMP COMMENT 'end of the window that the state was found in',
  kind STRING,
  level STRING,
  previous STRING,
  value DOUBLE,
  sample BIGINT COMMENT 'rows that the value is made of',
  late BOOLEAN COMMENT 'found in rows that were written after the point was evaluated',
  tells BOOLEAN COMMENT 'whether people are to be told',
  told_by STRING,
  told_at TIMESTAMP,
  evaluated_at TIMESTAMP
) USING DELTA CLUSTER BY (point) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

-- Until when people are not told of a rule, why, and who said so; the newest signed row of a rule counts.
CREATE TABLE IF NOT EXISTS {state}.alert_silences (
  silence_id STRING NOT NULL,
  rule_id STRING,
  silent_until TIMESTAMP,
  reason STRING,
  set_by STRING,
  set_at TIMESTAMP,
  key_id STRING,
  signature STRING
) USING DELTA CLUSTER BY (rule_id) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

CREATE OR REPLACE VIEW {state}.alert_events_first AS
SELECT * FROM {state}.alert_events
WHERE kind <> 'mark'
QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY CASE WHEN told_by IS NULL THEN 1 ELSE 0 END, evaluated_at) = 1;

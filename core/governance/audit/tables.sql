-- One row a thing that somebody did or was refused. Each writing process has a chain of its own: `seq` counts from 1
-- without a gap, `prev_hash` is the hash of the row before ('' for the first), `hash` is keyed and covers every other
-- column. A row that was appended twice stands there twice, byte for byte the same.
CREATE TABLE IF NOT EXISTS {state}.audit_log (
  audit_id STRING NOT NULL,
  chain_id STRING,
  seq BIGINT,
  prev_hash STRING,
  hash STRING COMMENT 'HMAC-SHA256 over every other column, prev_hash and key_id included',
  key_id STRING,
  at TIMESTAMP,
  actor STRING,
  actor_role STRING,
  action STRING COMMENT 'core/governance/audit/vocabulary.py has them all',
  object_kind STRING,
  object_id STRING,
  correlation_id STRING,
  session_id STRING,
  detail STRING COMMENT 'JSON; no secrets, long texts cut'
) USING DELTA CLUSTER BY (chain_id, seq) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

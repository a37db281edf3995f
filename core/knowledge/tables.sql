-- Documents, their chunks and the chunks' vectors. Append-only: a changed document is a further version.

-- One row a version; the highest version of a document is the one that is searched. `version_id` is derived from the
-- document, its version and its content, and links the chunks. `readers` is a JSON list of roles, NULL for every role.
-- A document row is written after its chunks: it is what publishes them. A version with `chunk_count` 0 withdraws the
-- document: its file is gone or can no longer be read. `path` is where the file stood when it was read.
CREATE TABLE IF NOT EXISTS {state}.knowledge_documents (
  version_id STRING,
  document_id STRING,
  version BIGINT,
  collection STRING,
  path STRING,
  title STRING,
  owner STRING,
  readers STRING,
  content_hash STRING,
  chunk_count BIGINT,
  ingested_at TIMESTAMP
) USING DELTA CLUSTER BY (document_id) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

CREATE TABLE IF NOT EXISTS {state}.knowledge_chunks (
  chunk_id STRING,
  version_id STRING,
  document_id STRING,
  version BIGINT,
  position BIGINT,
  headings STRING,
  chunk_text STRING,
  text_hash STRING,
  readers STRING
) USING DELTA CLUSTER BY (version_id) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

-- Keyed by the hash of the embedded text and the model, so that unchanged text is embedded once.
-- `vector` is base64 of little-endian float16.
CREATE TABLE IF NOT EXISTS {state}.knowledge_vectors (
  text_hash STRING,
  model_id STRING,
  dimension BIGINT,
  vector STRING,
  embedded_at TIMESTAMP
) USING DELTA CLUSTER BY (text_hash) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

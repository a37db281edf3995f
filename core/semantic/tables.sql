-- The semantic models of each schema, appended whole at each save; the newest row of a schema counts.
CREATE TABLE IF NOT EXISTS {state}.semantic_models (
  model_id STRING NOT NULL,
  schema_name STRING COMMENT 'catalog.schema that the models describe',
  status STRING COMMENT 'draft until a person confirms it',
  fingerprint STRING COMMENT 'changes when the tables or columns do',
  catalog STRING COMMENT 'JSON: models and indexed values',
  saved_by STRING,
  saved_at TIMESTAMP,
  confirmed_by STRING COMMENT 'who confirmed the models as they stand in this row',
  confirmed_at TIMESTAMP
) USING DELTA CLUSTER BY (schema_name) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

-- Questions whose SQL a person confirmed. Appended only and signed: a row that does not verify is no verified query.
CREATE TABLE IF NOT EXISTS {state}.verified_queries (
  row_id STRING NOT NULL,
  query_id STRING COMMENT 'the newest row of a query counts',
  schema_name STRING COMMENT 'catalog.schema that it reads',
  status STRING COMMENT 'confirmed or retired',
  query STRING COMMENT 'JSON: question, paraphrases, SQL, typed parameters, who confirmed it and when',
  saved_by STRING,
  saved_at TIMESTAMP,
  key_id STRING,
  signature STRING
) USING DELTA CLUSTER BY (query_id) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

CREATE OR REPLACE VIEW {state}.semantic_models_latest AS
SELECT * FROM {state}.semantic_models
QUALIFY ROW_NUMBER() OVER (PARTITION BY schema_name ORDER BY saved_at DESC, model_id DESC) = 1;

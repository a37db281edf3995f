-- The semantic models of each schema, appended whole at each save; the newest row of a schema counts.
CREATE TABLE IF NOT EXISTS {state}.semantic_models (
  model_id STRING NOT NULL,
  schema_name STRING COMMENT 'catalog.schema that the models describe',
  status STRING COMMENT 'draft until a person confirms it',
  fingerprint STRING COMMENT 'changes when the tables or columns do',
  catalog STRING COMMENT 'JSON: models and indexed values',
  saved_by STRING,
  saved_at TIMESTAMP
) USING DELTA CLUSTER BY (schema_name) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

CREATE OR REPLACE VIEW {state}.semantic_models_latest AS
SELECT * FROM {state}.semantic_models
QUALIFY ROW_NUMBER() OVER (PARTITION BY schema_name ORDER BY saved_at DESC, model_id DESC) = 1;

-- What calls of models cost, by the time of the call. Append-only: a price ends, or is put right, by another row of its
-- price_id, and the newest counts.
CREATE TABLE IF NOT EXISTS {state}.model_prices (
  price_id STRING NOT NULL,
  provider STRING COMMENT 'as spans name it; * for every provider',
  model STRING COMMENT 'a name, or a pattern with * for any characters',
  valid_from TIMESTAMP,
  valid_to TIMESTAMP COMMENT 'the first moment at which it does not count any more; NULL while it does',
  input_per_million DECIMAL(18,6),
  output_per_million DECIMAL(18,6),
  cached_per_million DECIMAL(18,6) COMMENT 'of input that was read from a cache; NULL: like other input',
  currency STRING,
  source STRING,
  entered_by STRING,
  entered_at TIMESTAMP
) USING DELTA CLUSTER BY (price_id) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

-- One row a question of an evaluated set; a changed question or answer is a new row with an id of its own.
CREATE TABLE IF NOT EXISTS {state}.golden_questions (
  question_id STRING NOT NULL,
  set_name STRING,
  kind STRING,
  question STRING,
  user_role STRING,
  follows STRING,
  half STRING,
  answers STRING,
  ordered BOOLEAN,
  recorded_at TIMESTAMP
) USING DELTA CLUSTER BY (set_name, question_id) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

-- One row a set and run, written when it ended; `outcomes` is JSON: question_id -> verdict.
CREATE TABLE IF NOT EXISTS {state}.eval_runs (
  run_id STRING NOT NULL,
  set_name STRING,
  asked STRING,
  questions BIGINT,
  right_answers BIGINT,
  wrong_answers BIGINT,
  accuracy DOUBLE,
  answer_precision DOUBLE,
  coverage DOUBLE,
  unanswerable_declined DOUBLE,
  ambiguous_clarified DOUBLE,
  seconds_p50 DOUBLE,
  seconds_p95 DOUBLE,
  summary STRING,
  outcomes STRING,
  started_at TIMESTAMP,
  ended_at TIMESTAMP
) USING DELTA CLUSTER BY (set_name) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

-- One row a question of a run that did not end as it should; `expected` and `found` are JSON: lists of rows.
CREATE TABLE IF NOT EXISTS {state}.eval_failures (
  run_id STRING NOT NULL,
  place BIGINT,
  question_id STRING,
  set_name STRING,
  question STRING,
  user_role STRING,
  kind STRING,
  half STRING,
  why STRING,
  verdict STRING,
  fault STRING,
  status STRING,
  rung STRING,
  seconds DOUBLE,
  understood STRING,
  statement STRING,
  expected STRING,
  found STRING,
  row_count BIGINT,
  said STRING,
  recorded_at TIMESTAMP
) USING DELTA CLUSTER BY (run_id) TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true');

CREATE OR REPLACE VIEW {state}.golden_questions_first AS
SELECT * FROM {state}.golden_questions
QUALIFY row_number() OVER (PARTITION BY question_id ORDER BY recorded_at) = 1;

CREATE OR REPLACE VIEW {state}.eval_runs_first AS
SELECT * FROM {state}.eval_runs
QUALIFY row_number() OVER (PARTITION BY run_id ORDER BY ended_at) = 1;

CREATE OR REPLACE VIEW {state}.eval_failures_first AS
SELECT * FROM {state}.eval_failures
QUALIFY row_number() OVER (PARTITION BY run_id, place ORDER BY recorded_at) = 1;

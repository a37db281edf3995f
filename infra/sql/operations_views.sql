-- Made from core/telemetry/operations/operations_views.sql by `python3 -m core.telemetry.operations`; `init` runs the same statements.
CREATE SCHEMA IF NOT EXISTS `main`.`aiops_ops`;

-- The named views that operations questions, notebooks and people's own queries read: figures and ids, never the text of
-- a question or of an answer. Every view has user_id and user_role, so that a role which may see only its own requests is
-- limited to them. Times are UTC, durations seconds; a cost is in the installation's currency as it was frozen on the
-- span, NULL where no price is known (unpriced then counts the calls), 0 where nothing was to pay.

-- One row a turn. A turn that waited for an approval goes on as a second root span of the same trace: its seconds, tokens
-- and cost are added, the wait is not, and how it ended is what its last part says.
CREATE OR REPLACE VIEW `main`.`aiops_ops`.requests AS
WITH parts AS (
  SELECT *, row_number() OVER (PARTITION BY trace_id ORDER BY start_time DESC, span_id DESC) AS from_last
  FROM `main`.`aiops`.agent_spans_first
  WHERE parent_span_id IS NULL AND kind = 'request'
), turns AS (
  SELECT
    trace_id,
    min(correlation_id) AS correlation_id,
    min(session_id) AS session_id,
    min(user_id) AS user_id,
    min(user_role) AS user_role,
    min(start_time) AS asked_at,
    max(CASE WHEN from_last = 1 THEN intent END) AS last_intent,
    max(intent) AS any_intent,
    max(CASE WHEN from_last = 1 THEN rung END) AS rung,
    max(CASE WHEN from_last = 1 THEN outcome END) AS outcome,
    max(CASE WHEN from_last = 1 THEN error_code END) AS error_code,
    sum(duration_ms) / 1000 AS seconds,
    coalesce(sum(total_tokens_in), 0) AS tokens_in,
    coalesce(sum(total_tokens_out), 0) AS tokens_out,
    sum(total_cost) AS known_cost,
    max(currency) AS currency,
    coalesce(sum(total_unpriced), 0) AS unpriced,
    coalesce(sum(statements), 0) AS statements,
    coalesce(sum(warehouse_seconds), 0) AS warehouse_seconds
  FROM parts
  GROUP BY trace_id
)
SELECT
  t.trace_id,
  t.correlation_id,
  t.session_id,
  t.user_id,
  t.user_role,
  t.asked_at,
  coalesce(t.last_intent, t.any_intent) AS intent,
  t.rung,
  t.outcome,
  t.error_code,
  t.seconds,
  t.tokens_in,
  t.tokens_out,
  t.tokens_in + t.tokens_out AS tokens,
  CASE WHEN t.unpriced = 0 THEN coalesce(t.known_cost, 0) ELSE t.known_cost END AS cost,
  t.currency,
  t.unpriced,
  t.statements,
  t.warehouse_seconds,
  f.rating AS thumbs
FROM turns AS t
LEFT JOIN `main`.`aiops`.feedback_latest AS f ON f.correlation_id = t.correlation_id AND f.user_id = t.user_id;

-- One row a span that an agent did: its handlings (kind agent) and the model calls, retrievals, statements and sandbox
-- runs inside them. The sum of cost by agent adds up to the sum over all requests.
CREATE OR REPLACE VIEW `main`.`aiops_ops`.agent_work AS
SELECT
  span_id, trace_id, correlation_id, session_id, user_id, user_role, agent, kind, name, rung, prompt_version, arm,
  provider, model, status, error_code, start_time AS started_at, duration_ms / 1000 AS seconds,
  queue_wait_ms / 1000 AS waited_seconds, `rows`, statements,
  coalesce(tokens_in, 0) AS tokens_in, coalesce(tokens_out, 0) AS tokens_out,
  coalesce(tokens_in, 0) + coalesce(tokens_out, 0) AS tokens, coalesce(tokens_cached, 0) AS tokens_cached,
  cost, currency, coalesce(unpriced, 0) AS unpriced
FROM `main`.`aiops`.agent_spans_first
WHERE agent IS NOT NULL;

-- One row an agent's handling of one message.
CREATE OR REPLACE VIEW `main`.`aiops_ops`.agent_calls AS
SELECT
  span_id, trace_id, correlation_id, session_id, user_id, user_role, agent, name, status, error_code,
  start_time AS started_at, duration_ms / 1000 AS seconds, queue_wait_ms / 1000 AS waited_seconds, statements
FROM `main`.`aiops`.agent_spans_first
WHERE kind = 'agent';

-- One row a call of a language model, its repetitions included.
CREATE OR REPLACE VIEW `main`.`aiops_ops`.model_calls AS
SELECT
  span_id, trace_id, correlation_id, session_id, user_id, user_role, agent, provider, model, prompt_version, arm, status,
  error_code, start_time AS started_at, duration_ms / 1000 AS seconds,
  coalesce(tokens_in, 0) AS tokens_in, coalesce(tokens_out, 0) AS tokens_out,
  coalesce(tokens_in, 0) + coalesce(tokens_out, 0) AS tokens, coalesce(tokens_cached, 0) AS tokens_cached,
  cost, currency, price_id, coalesce(unpriced, 0) AS unpriced
FROM `main`.`aiops`.agent_spans_first
WHERE kind = 'model';

-- One row a statement on the warehouse; its text is in execution_runs and in the warehouse's own history.
CREATE OR REPLACE VIEW `main`.`aiops_ops`.statements AS
SELECT
  span_id, trace_id, correlation_id, session_id, user_id, user_role, agent, statement_id, status, error_code,
  start_time AS started_at, duration_ms / 1000 AS seconds, `rows`, cost
FROM `main`.`aiops`.agent_spans_first
WHERE kind = 'statement';

-- One row a request for approval. It is decided when it is rejected, withdrawn or replaced, or when its last missing
-- approval is there; an approval that was taken back does not count. Breached: decided after it was due, or still open then.
CREATE OR REPLACE VIEW `main`.`aiops_ops`.approvals AS
WITH written AS (
  SELECT * FROM `main`.`aiops`.approval_decisions
  QUALIFY row_number() OVER (PARTITION BY decision_id ORDER BY decided_at) = 1
), standing AS (
  SELECT w.request_id, w.user_id, w.verdict, w.decided_at,
    row_number() OVER (PARTITION BY w.request_id, w.verdict ORDER BY w.decided_at, w.decision_id) AS nth
  FROM written AS w LEFT ANTI JOIN written AS u ON u.undoes = w.decision_id
  WHERE w.verdict <> 'undo'
), closing AS (
  SELECT r.request_id, s.user_id AS decided_by, s.verdict, s.decided_at
  FROM `main`.`aiops`.approval_requests_first AS r
  JOIN standing AS s ON s.request_id = r.request_id AND (s.verdict <> 'approve' OR s.nth = r.quorum)
  QUALIFY row_number() OVER (PARTITION BY r.request_id ORDER BY s.decided_at) = 1
)
SELECT
  r.request_id,
  r.correlation_id,
  r.session_id,
  r.requester AS user_id,
  r.requester_role AS user_role,
  r.kind,
  r.risk,
  r.created_at AS asked_at,
  r.due_at,
  r.expires_at,
  c.decided_at,
  c.decided_by,
  CASE
    WHEN c.verdict = 'approve' THEN 'approved'
    WHEN c.verdict = 'reject' THEN 'rejected'
    WHEN c.verdict = 'withdraw' THEN 'withdrawn'
    WHEN c.verdict = 'supersede' THEN 'superseded'
    WHEN r.expires_at <= current_timestamp() THEN 'expired'
    ELSE 'open'
  END AS outcome,
  (unix_micros(c.decided_at) - unix_micros(r.created_at)) / 1000000 AS seconds_to_decision,
  coalesce(c.decided_at, current_timestamp()) > r.due_at AS breached
FROM `main`.`aiops`.approval_requests_first AS r LEFT JOIN closing AS c ON c.request_id = r.request_id;

-- One row a question that was put to the documents, and whether they held an answer.
CREATE OR REPLACE VIEW `main`.`aiops_ops`.knowledge_questions AS
SELECT
  query_id, correlation_id, session_id, user_id, user_role, asked_at, intent, status, rung, knowledge_hit AS hit,
  confidence, seconds
FROM `main`.`aiops`.query_log_first
WHERE knowledge_hit IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY correlation_id ORDER BY asked_at) = 1;

-- Figures of a time range, over the named views: what the notebooks show, and what to copy for reports of one's own.
-- :since is included, :until is not; both are UTC timestamps.

-- name: agents
-- One row an agent: handlings, errors, exact percentiles, and what its work cost (model calls and statements inside it).
SELECT
  agent,
  count_if(kind = 'agent') AS calls,
  count_if(kind = 'agent' AND status = 'error') AS errors,
  100.0 * count_if(kind = 'agent' AND status = 'error') / nullif(count_if(kind = 'agent'), 0) AS error_percent,
  percentile(CASE WHEN kind = 'agent' THEN seconds END, 0.5) AS p50_seconds,
  percentile(CASE WHEN kind = 'agent' THEN seconds END, 0.95) AS p95_seconds,
  percentile(CASE WHEN kind = 'agent' THEN seconds END, 0.99) AS p99_seconds,
  sum(tokens) AS tokens,
  sum(cost) AS cost,
  sum(unpriced) AS unpriced
FROM {operations}.agent_work
WHERE started_at >= :since AND started_at < :until
GROUP BY agent
ORDER BY p95_seconds DESC NULLS LAST, agent;

-- name: agents_by_day
-- p95 and errors of each agent by day (UTC).
SELECT
  CAST(date_trunc('DAY', started_at) AS DATE) AS day,
  agent,
  count(*) AS calls,
  count_if(status = 'error') AS errors,
  percentile(seconds, 0.95) AS p95_seconds
FROM {operations}.agent_calls
WHERE started_at >= :since AND started_at < :until
GROUP BY CAST(date_trunc('DAY', started_at) AS DATE), agent
ORDER BY day, agent;

-- name: agents_slower
-- Each agent's p95 beside that of the equally long time before :since, with the calls that both rest on.
SELECT
  agent,
  percentile(CASE WHEN started_at >= :since THEN seconds END, 0.95) AS p95_seconds,
  percentile(CASE WHEN started_at < :since THEN seconds END, 0.95) AS p95_seconds_before,
  count_if(started_at >= :since) AS calls,
  count_if(started_at < :since) AS calls_before
FROM {operations}.agent_calls
WHERE started_at >= :before AND started_at < :until
GROUP BY agent
ORDER BY agent;

-- name: errors
-- Failed handlings by agent and error.
SELECT agent, coalesce(error_code, 'no error recorded') AS error, count(*) AS errors
FROM {operations}.agent_calls
WHERE started_at >= :since AND started_at < :until AND status = 'error'
GROUP BY agent, coalesce(error_code, 'no error recorded')
ORDER BY errors DESC, agent, error;

-- name: totals
-- One row: questions, how they ended, seconds, tokens, cost. A question that was never priced is counted, not free.
SELECT
  count(*) AS questions,
  count_if(outcome = 'answered') AS answered,
  count_if(outcome = 'failed') AS failed,
  percentile(seconds, 0.95) AS p95_seconds,
  sum(tokens) AS tokens,
  sum(cost) AS cost,
  sum(unpriced) AS unpriced,
  sum(cost) / nullif(count(*), 0) AS cost_per_question,
  sum(cost) / nullif(count_if(outcome = 'answered'), 0) AS cost_per_answer
FROM {operations}.requests
WHERE asked_at >= :since AND asked_at < :until;

-- name: cost_by_role
SELECT
  user_role,
  count(*) AS questions,
  sum(tokens) AS tokens,
  sum(cost) AS cost,
  sum(unpriced) AS unpriced,
  sum(cost) / nullif(count_if(outcome = 'answered'), 0) AS cost_per_answer
FROM {operations}.requests
WHERE asked_at >= :since AND asked_at < :until
GROUP BY user_role
ORDER BY cost DESC NULLS LAST, user_role;

-- name: cost_by_model
SELECT
  model,
  agent,
  count(*) AS calls,
  sum(tokens_in) AS tokens_in,
  sum(tokens_out) AS tokens_out,
  sum(cost) AS cost,
  sum(unpriced) AS unpriced
FROM {operations}.model_calls
WHERE started_at >= :since AND started_at < :until
GROUP BY model, agent
ORDER BY cost DESC NULLS LAST, model, agent;

-- name: cost_by_day
SELECT
  CAST(date_trunc('DAY', asked_at) AS DATE) AS day,
  count(*) AS questions,
  sum(tokens) AS tokens,
  sum(cost) AS cost,
  sum(unpriced) AS unpriced
FROM {operations}.requests
WHERE asked_at >= :since AND asked_at < :until
GROUP BY CAST(date_trunc('DAY', asked_at) AS DATE)
ORDER BY day;

-- name: outcomes
-- How questions ended, by what they were taken for; with their ratings.
SELECT
  intent,
  rung,
  outcome,
  count(*) AS questions,
  percentile(seconds, 0.95) AS p95_seconds,
  count_if(thumbs = 'up') AS thumbs_up,
  count_if(thumbs = 'down') AS thumbs_down
FROM {operations}.requests
WHERE asked_at >= :since AND asked_at < :until
GROUP BY intent, rung, outcome
ORDER BY questions DESC, intent, rung, outcome;

-- name: knowledge_by_day
-- Questions that were put to the documents, and how many of them they answered.
SELECT
  CAST(date_trunc('DAY', asked_at) AS DATE) AS day,
  count(*) AS questions,
  count_if(hit) AS answered,
  100.0 * count_if(hit) / nullif(count(*), 0) AS hit_percent
FROM {operations}.knowledge_questions
WHERE asked_at >= :since AND asked_at < :until
GROUP BY CAST(date_trunc('DAY', asked_at) AS DATE)
ORDER BY day;

-- name: knowledge_misses
-- Ids of questions without an answer in the documents, newest first; their texts are in the query log, for whoever may
-- read them.
SELECT asked_at, user_role, intent, confidence, correlation_id
FROM {operations}.knowledge_questions
WHERE asked_at >= :since AND asked_at < :until AND NOT hit
ORDER BY asked_at DESC, correlation_id
LIMIT 100;

-- name: approvals
-- Requests for approval by kind and risk, how long people took, and how many were decided late or are still open late.
SELECT
  kind,
  risk,
  count(*) AS asked,
  count(decided_at) AS decided,
  percentile(seconds_to_decision, 0.5) / 3600 AS p50_hours,
  percentile(seconds_to_decision, 0.95) / 3600 AS p95_hours,
  count_if(breached) AS breached
FROM {operations}.approvals
WHERE asked_at >= :since AND asked_at < :until
GROUP BY kind, risk
ORDER BY breached DESC, kind, risk;

-- name: approvals_open
-- What still waits, the longest first.
SELECT request_id, kind, risk, user_role, asked_at, due_at, breached
FROM {operations}.approvals
WHERE outcome = 'open'
ORDER BY asked_at, request_id;

-- A panel's numbers as one statement around what the page read; shown and copied, and run by the tests.

-- name: tiles
SELECT period,
       CAST(sum(CASE WHEN coalesce(outcome, '') <> 'pending_approval' THEN spans ELSE 0 END) AS BIGINT) AS calls,
       CAST(sum(CASE WHEN outcome = 'failed' OR (outcome IS NULL AND status = 'error') THEN spans ELSE 0 END) AS BIGINT)
         AS failed
FROM {usage}
WHERE (:subject = 'request' AND kind = 'request') OR (:subject = 'model' AND kind = 'model')
   OR (:subject = 'agent' AND (kind = 'agent' OR (kind = 'request' AND agent IS NOT NULL)))
GROUP BY period ORDER BY period

-- name: agents
SELECT agent,
       CAST(sum(CASE WHEN kind = 'agent' OR kind = 'request' THEN spans ELSE 0 END) AS BIGINT) AS calls,
       CAST(sum(CASE WHEN (kind = 'agent' OR kind = 'request') AND status = 'error' THEN spans ELSE 0 END) AS BIGINT)
         AS errors,
       CAST(sum(tokens_in + tokens_out) AS BIGINT) AS tokens, sum(cost) AS cost, CAST(sum(unpriced) AS BIGINT) AS unpriced
FROM {usage}
WHERE period = 'now' AND agent IS NOT NULL
GROUP BY agent ORDER BY calls DESC, agent

-- name: volume
SELECT timestamp_seconds(point * :step) AS at,
       CAST(sum(CASE WHEN coalesce(outcome, '') <> 'pending_approval' THEN spans ELSE 0 END) AS BIGINT) AS calls,
       CAST(sum(CASE WHEN outcome = 'failed' OR (outcome IS NULL AND status = 'error') THEN spans ELSE 0 END) AS BIGINT)
         AS failed
FROM {usage}
WHERE period = 'now'
  AND ((:subject = 'request' AND kind = 'request') OR (:subject = 'model' AND kind = 'model')
       OR (:subject = 'agent' AND (kind = 'agent' OR (kind = 'request' AND agent IS NOT NULL))))
GROUP BY point ORDER BY point

-- name: latency
SELECT timestamp_seconds(point * :step) AS at, calls, p50 / 1000 AS p50_seconds, p95 / 1000 AS p95_seconds,
       p99 / 1000 AS p99_seconds
FROM {latency}
WHERE part = 'point' ORDER BY point

-- name: cost
SELECT timestamp_seconds(((point * :step) DIV :bar) * :bar) AS at, currency, agent, model, sum(cost) AS cost,
       CAST(sum(unpriced) AS BIGINT) AS unpriced
FROM {usage}
WHERE period = 'now' AND (cost IS NOT NULL OR unpriced > 0)
GROUP BY (point * :step) DIV :bar, currency, agent, model ORDER BY at, cost DESC

-- name: tokens
SELECT timestamp_seconds(point * :step) AS at, CAST(sum(tokens_in) AS BIGINT) AS tokens_in,
       CAST(sum(tokens_out) AS BIGINT) AS tokens_out
FROM {usage}
WHERE period = 'now'
GROUP BY point ORDER BY point

-- name: hits
SELECT timestamp_seconds(point * :step) AS at, CAST(sum(CASE WHEN knowledge_hit THEN questions ELSE 0 END) AS BIGINT) AS hits,
       CAST(sum(questions) AS BIGINT) AS asked
FROM {patterns}
WHERE period = 'now' AND knowledge_hit IS NOT NULL
GROUP BY point ORDER BY point

-- name: intents
SELECT intent, CAST(sum(CASE WHEN period = 'now' THEN questions ELSE 0 END) AS BIGINT) AS asked,
       CAST(sum(CASE WHEN period = 'before' THEN questions ELSE 0 END) AS BIGINT) AS asked_before
FROM {patterns}
GROUP BY intent ORDER BY asked DESC, intent

-- name: questions
SELECT * FROM {questions}

-- name: approvals
SELECT timestamp_seconds(point * :step) AS at, asked, approved, rejected, waiting, breaches, decided,
       p50 AS p50_seconds, p95 AS p95_seconds
FROM {approvals}
WHERE period = 'now' AND point IS NOT NULL ORDER BY point

-- name: quality
SELECT timestamp_seconds(point * :step) AS at, label AS rating, accepted AS ratings
FROM {outcomes}
WHERE part = 'rating' AND period = 'now' ORDER BY point, label

-- name: outcomes
SELECT period, label AS currency, accepted, executed, accepted_cost, executed_cost, unpriced
FROM {outcomes}
WHERE part = 'trace' ORDER BY period, label

-- name: failures
SELECT error_code, agent, kind, CAST(sum(spans) AS BIGINT) AS failures, min(first_seen) AS first_seen,
       max(last_seen) AS last_seen
FROM {usage}
WHERE period = 'now' AND status = 'error'
GROUP BY error_code, agent, kind ORDER BY failures DESC, error_code, agent, kind

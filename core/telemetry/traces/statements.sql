-- What the Traces page reads. Values are bound; {fits}, {narrowed} and {order} stand for conditions and orders that
-- stand in this package and in this file, never for anything that a person typed.

-- name: newest
-- The newest rows, bounded; a row that was written twice comes twice and is dropped by the reader.
SELECT span_id, trace_id, parent_span_id, correlation_id, session_id, user_id, user_role, name, agent, kind, rung,
       status, error_code, currency, start_time, duration_ms, statements, outcome, linked_span_id, attributes,
       total_cost, total_tokens_in, total_tokens_out, total_unpriced
FROM {state}.agent_spans
WHERE start_time >= :since AND (:only IS NULL OR user_id = :only)
ORDER BY start_time DESC
LIMIT :rows

-- name: begun_before
-- All rows of traces that began before the newest rows.
SELECT span_id, trace_id, parent_span_id, correlation_id, session_id, user_id, user_role, name, agent, kind, rung,
       status, error_code, currency, start_time, duration_ms, statements, outcome, linked_span_id, attributes,
       total_cost, total_tokens_in, total_tokens_out, total_unpriced
FROM {state}.agent_spans
WHERE array_contains(from_json(:ids, 'ARRAY<STRING>'), trace_id) AND (:only IS NULL OR user_id = :only)

-- name: page
-- One row a trace. A trace with several roots (it waited for an approval) is the sum of those inside the range.
WITH roots AS (
  SELECT trace_id,
         min(start_time) AS start_time,
         min_by(span_id, start_time) AS root_id,
         min(correlation_id) AS correlation_id,
         min(session_id) AS session_id,
         min(user_id) AS user_id,
         min(user_role) AS user_role,
         min_by(name, start_time) AS name,
         max_by(rung, start_time) AS rung,
         max_by(outcome, start_time) AS outcome,
         max_by(status, start_time) AS status,
         max_by(error_code, start_time) AS error_code,
         max(currency) AS currency,
         max(intent) AS intent,
         sum(duration_ms) AS duration_ms,
         sum(total_cost) AS cost,
         sum(coalesce(total_tokens_in, 0) + coalesce(total_tokens_out, 0)) AS tokens,
         sum(coalesce(total_unpriced, 0)) AS unpriced,
         sum(coalesce(statements, 0)) AS statements
  FROM {state}.agent_spans_first
  WHERE parent_span_id IS NULL AND kind <> 'wait'
    AND start_time >= :since AND start_time < :until
    AND (:only IS NULL OR user_id = :only)
  GROUP BY trace_id
),
page AS (
  SELECT * FROM roots
  WHERE TRUE {fits} {narrowed}
  ORDER BY {order}
  LIMIT :rows OFFSET :skip
),
counted AS (
  SELECT trace_id, count(DISTINCT span_id) AS spans, array_join(array_sort(collect_set(agent)), ',') AS agents
  FROM {state}.agent_spans
  WHERE trace_id IN (SELECT trace_id FROM page) AND start_time >= :since
  GROUP BY trace_id
)
SELECT page.*, counted.spans, counted.agents
FROM page LEFT JOIN counted ON counted.trace_id = page.trace_id
ORDER BY {order}

-- name: of_spans
-- Traces with one span that fits everything that is said of spans.
AND trace_id IN (
  SELECT trace_id FROM {state}.agent_spans
  WHERE start_time >= :since AND start_time < :until AND (:only IS NULL OR user_id = :only) {fits}
)

-- name: of_text
-- Traces in whose text {word} stands; `reader` is the only person whose text may be looked through, if any.
AND trace_id IN (
  SELECT trace_id FROM {state}.span_payloads
  WHERE start_time >= :since AND (:reader IS NULL OR user_id = :reader)
    AND (contains(lower(input), {word}) OR contains(lower(output), {word}))
)

-- name: words
-- What some requests were asked; only of one person when `reader` is set.
SELECT trace_id, min_by(substring(input, 1, 200), start_time) AS words
FROM {state}.span_payloads
WHERE start_time >= :since AND start_time <= :until
  AND (:reader IS NULL OR user_id = :reader)
  AND array_contains(from_json(:ids, 'ARRAY<STRING>'), span_id)
GROUP BY trace_id

-- name: spans
-- Every row of some traces (one, or two to compare); repeated rows are dropped by the reader.
SELECT * FROM {state}.agent_spans
WHERE trace_id IN (:trace, :other) AND start_time >= :since
  AND (:only IS NULL OR user_id = :only)

-- name: payload
SELECT user_id, input, output FROM {state}.span_payloads
WHERE trace_id = :trace AND span_id = :span AND (:reader IS NULL OR user_id = :reader)
ORDER BY start_time
LIMIT 1

-- name: messages
-- What agents told one another for a request; without the content, which is people's text.
SELECT message_id, from_agent, to_agent, message_type, get_json_object(content, '$.kind') AS kind, timestamp
FROM {state}.agent_messages_first
WHERE correlation_id = :correlation
ORDER BY timestamp, message_id
LIMIT 500

-- name: session
-- The requests of a conversation, newest first.
SELECT * FROM {state}.agent_spans_first
WHERE session_id = :session AND parent_span_id IS NULL AND kind <> 'wait'
  AND (:only IS NULL OR user_id = :only)
ORDER BY start_time DESC
LIMIT :rows

-- name: models
-- Models, agents and the like that there are, to complete a filter with.
SELECT field, value FROM (
  SELECT DISTINCT 'agent' AS field, agent AS value FROM {state}.agent_spans WHERE start_time >= :since
  UNION
  SELECT DISTINCT 'model', model FROM {state}.agent_spans WHERE start_time >= :since
  UNION
  SELECT DISTINCT 'intent', intent FROM {state}.agent_spans WHERE start_time >= :since
  UNION
  SELECT DISTINCT 'error', error_code FROM {state}.agent_spans WHERE start_time >= :since
)
WHERE value IS NOT NULL AND value <> ''
ORDER BY field, value
LIMIT 500

-- name: spans
-- A page of spans from a moment on, after the last one of the page before.
SELECT * FROM {state}.agent_spans_first
WHERE start_time >= :since AND (start_time > :after OR (start_time = :after AND span_id > :last))
ORDER BY start_time, span_id
LIMIT :page

-- name: content
-- The text of spans that began in a range.
SELECT span_id, input, output FROM {state}.span_payloads
WHERE start_time >= :first AND start_time <= :last

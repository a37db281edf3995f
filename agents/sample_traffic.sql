-- Sample traffic is known by its people and by a mark beside them: a person who happens to be called so keeps their rows. The hours that it was in are counted anew by the next look of the rollups, which
-- knows an hour as due when it has no line in span_hours.

-- name: remove_usage
DELETE FROM {state}.usage_rollup_hourly
WHERE hour IN (SELECT date_trunc('HOUR', start_time) FROM {state}.agent_spans WHERE user_id LIKE :people AND attributes = :mark)

-- name: remove_latency
DELETE FROM {state}.latency_rollup_hourly
WHERE hour IN (SELECT date_trunc('HOUR', start_time) FROM {state}.agent_spans WHERE user_id LIKE :people AND attributes = :mark)

-- name: remove_hours
DELETE FROM {state}.span_hours
WHERE hour IN (SELECT date_trunc('HOUR', start_time) FROM {state}.agent_spans WHERE user_id LIKE :people AND attributes = :mark)

-- name: remove_spans
DELETE FROM {state}.agent_spans WHERE user_id LIKE :people AND attributes = :mark

-- name: remove_questions
DELETE FROM {state}.query_log WHERE user_id LIKE :people AND query_id LIKE :ids

-- name: remove_ratings
DELETE FROM {state}.feedback WHERE user_id LIKE :people AND feedback_id LIKE :ids

-- name: hours
-- Every hour that has spans, with the number of its rows now and when it was last looked through; hours that are open
-- still are left out.
SELECT counted.hour, counted.rows_now, seen.rows_read
FROM (
  SELECT date_trunc('HOUR', start_time) AS hour, count(*) AS rows_now
  FROM {state}.agent_spans
  WHERE start_time < :open_hour
  GROUP BY date_trunc('HOUR', start_time)
) AS counted
LEFT JOIN {state}.span_hours_latest AS seen ON seen.hour = counted.hour
WHERE seen.rows_read IS NULL OR seen.rows_read <> counted.rows_now OR counted.hour < :keep_from
ORDER BY counted.hour;

-- name: note_repeats
-- Spans of the hours that were written more than once and are not known yet. Copies have the same start, so that they
-- lie in the same hour.
INSERT INTO {state}.span_repeats (span_id, start_time, found_at)
WITH due AS (SELECT CAST(hour AS TIMESTAMP) AS hour FROM (SELECT explode(split(:hours, ',')) AS hour))
SELECT s.span_id, min(s.start_time), :now
FROM {state}.agent_spans AS s
JOIN due ON date_trunc('HOUR', s.start_time) = due.hour
LEFT ANTI JOIN {state}.span_repeats AS known ON known.span_id = s.span_id
WHERE s.start_time >= :first AND s.start_time < :last
GROUP BY s.span_id
HAVING count(*) > 1;

-- name: roll_usage
-- The hours' spans by all that a dashboard filters by, as one more version.
INSERT INTO {state}.usage_rollup_hourly (
  hour, version, agent, kind, name, provider, model, user_id, user_role, prompt_version, arm, intent, rung, outcome,
  status, error_code, currency, is_root, spans, duration_ms, tokens_in, tokens_out, tokens_cached, cost, unpriced,
  warehouse_seconds
)
WITH due AS (SELECT CAST(hour AS TIMESTAMP) AS hour FROM (SELECT explode(split(:hours, ',')) AS hour)),
once AS (
  SELECT s.* FROM {state}.agent_spans AS s LEFT ANTI JOIN {state}.span_repeats AS r ON r.span_id = s.span_id
  WHERE s.start_time >= :first AND s.start_time < :last
  UNION ALL
  SELECT s.* FROM {state}.agent_spans AS s LEFT SEMI JOIN {state}.span_repeats AS r ON r.span_id = s.span_id
  WHERE s.start_time >= :first AND s.start_time < :last
  QUALIFY row_number() OVER (PARTITION BY s.span_id ORDER BY s.start_time) = 1
)
SELECT
  due.hour, :version, agent, kind, name, provider, model, user_id, user_role, prompt_version, arm, intent, rung, outcome,
  status, error_code, currency, parent_span_id IS NULL, count(*), sum(duration_ms), sum(tokens_in), sum(tokens_out),
  sum(tokens_cached), sum(cost), sum(unpriced), sum(warehouse_seconds)
FROM once JOIN due ON date_trunc('HOUR', once.start_time) = due.hour
GROUP BY
  due.hour, agent, kind, name, provider, model, user_id, user_role, prompt_version, arm, intent, rung, outcome, status,
  error_code, currency, parent_span_id IS NULL;

-- name: roll_latency
-- The hours' durations as counts in buckets; see the table. A duration of nothing counts as a microsecond.
INSERT INTO {state}.latency_rollup_hourly (hour, version, agent, kind, bucket, spans)
WITH due AS (SELECT CAST(hour AS TIMESTAMP) AS hour FROM (SELECT explode(split(:hours, ',')) AS hour)),
once AS (
  SELECT s.start_time, s.agent, s.kind, s.duration_ms
  FROM {state}.agent_spans AS s LEFT ANTI JOIN {state}.span_repeats AS r ON r.span_id = s.span_id
  WHERE s.start_time >= :first AND s.start_time < :last
  UNION ALL
  SELECT s.start_time, s.agent, s.kind, s.duration_ms
  FROM {state}.agent_spans AS s LEFT SEMI JOIN {state}.span_repeats AS r ON r.span_id = s.span_id
  WHERE s.start_time >= :first AND s.start_time < :last
  QUALIFY row_number() OVER (PARTITION BY s.span_id ORDER BY s.start_time) = 1
)
SELECT
  due.hour, :version, agent, kind, CAST(ceil(ln(greatest(duration_ms, 0.001)) / ln(1.02)) AS BIGINT), count(*)
FROM once JOIN due ON date_trunc('HOUR', once.start_time) = due.hour
WHERE duration_ms IS NOT NULL AND kind IN ('request', 'agent')
GROUP BY due.hour, agent, kind, CAST(ceil(ln(greatest(duration_ms, 0.001)) / ln(1.02)) AS BIGINT);

-- name: expire_spans
DELETE FROM {state}.agent_spans WHERE start_time < :keep_from;

-- name: expire_repeats
DELETE FROM {state}.span_repeats WHERE start_time < :keep_from;

-- name: expire_payloads
DELETE FROM {state}.span_payloads WHERE start_time < :keep_from;

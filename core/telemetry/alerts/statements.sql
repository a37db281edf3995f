-- name: written
-- Every version of every rule, and every silence (its reason stands under `name`, its end under `at_end`).
SELECT 'rule' AS part, version AS row_id, rule_id, name, metric, agent, user_role, model, per_agent, time_window, operator,
       warn, alert, least_sample, no_data, renotify_minutes, enabled, CAST(NULL AS TIMESTAMP) AS at_end, saved_by,
       saved_at, key_id, signature
FROM {state}.alert_rules
UNION ALL
SELECT 'silence', silence_id, rule_id, reason, CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING),
       CAST(NULL AS STRING), CAST(NULL AS BOOLEAN), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS DOUBLE),
       CAST(NULL AS DOUBLE), CAST(NULL AS BIGINT), CAST(NULL AS STRING), CAST(NULL AS BIGINT), CAST(NULL AS BOOLEAN),
       silent_until, set_by, set_at, key_id, signature
FROM {state}.alert_silences

-- name: standing
-- What is known before an evaluation. 'event': the events since :since of the rules' present versions, and each series'
-- last one before. 'mark': how far evaluation came. 'due': minutes whose number of rows differs from when they were looked at.
WITH counted AS (
  SELECT 'spans' AS source, date_trunc('MINUTE', start_time) AS minute, count(*) AS rows_now
  FROM {state}.agent_spans WHERE start_time >= :since AND start_time < :until GROUP BY 2
  UNION ALL
  SELECT 'answers', date_trunc('MINUTE', asked_at), count(*)
  FROM {state}.query_log WHERE asked_at >= :since AND asked_at < :until GROUP BY 2
  UNION ALL
  SELECT 'ratings', date_trunc('MINUTE', given_at), count(*)
  FROM {state}.feedback WHERE given_at >= :since AND given_at < :until GROUP BY 2
  UNION ALL
  SELECT 'requests', date_trunc('MINUTE', due_at), count(*)
  FROM {state}.approval_requests WHERE due_at >= :since AND due_at < :until GROUP BY 2
  UNION ALL
  SELECT 'openings', date_trunc('MINUTE', created_at), count(*)
  FROM {state}.approval_requests WHERE created_at >= :since AND created_at < :until GROUP BY 2
),
marks AS (
  SELECT series AS source, point AS minute, max(sample) AS rows_seen FROM {state}.alert_events
  WHERE kind = 'mark' AND point >= :since - INTERVAL 1 MINUTE AND point <= :until GROUP BY 1, 2
)
SELECT 'due' AS part, c.source, c.minute AS at, c.rows_now AS number, CAST(NULL AS STRING) AS event_id,
       CAST(NULL AS STRING) AS rule_id, CAST(NULL AS STRING) AS rule_version, CAST(NULL AS STRING) AS series,
       CAST(NULL AS STRING) AS kind, CAST(NULL AS STRING) AS level, CAST(NULL AS STRING) AS previous,
       CAST(NULL AS DOUBLE) AS value, CAST(NULL AS BOOLEAN) AS late, CAST(NULL AS BOOLEAN) AS tells,
       CAST(NULL AS STRING) AS told_by, CAST(NULL AS TIMESTAMP) AS told_at, CAST(NULL AS TIMESTAMP) AS evaluated_at
FROM counted AS c LEFT JOIN marks AS m ON m.source = c.source AND m.minute = c.minute
WHERE m.rows_seen IS NULL OR m.rows_seen < c.rows_now
UNION ALL
SELECT 'mark', series, max(point), CAST(NULL AS BIGINT), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING),
       CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS DOUBLE),
       CAST(NULL AS BOOLEAN), CAST(NULL AS BOOLEAN), CAST(NULL AS STRING), CAST(NULL AS TIMESTAMP),
       CAST(NULL AS TIMESTAMP)
FROM {state}.alert_events
WHERE kind = 'mark' AND (series = 'tick' OR series LIKE 'rule %') AND point <= :until GROUP BY series
UNION ALL
SELECT 'event', CAST(NULL AS STRING), point, sample, event_id, rule_id, rule_version, series, kind, level, previous, value,
       late, tells, told_by, told_at, evaluated_at
FROM (
  SELECT *, row_number() OVER (PARTITION BY rule_version, series, kind = 'state' ORDER BY point DESC, event_id DESC) AS age
  FROM {state}.alert_events_first
  WHERE rule_version IN (SELECT version FROM inline(from_json(:versions, 'ARRAY<STRUCT<version STRING>>')))
)
WHERE age = 1 OR point >= :since

-- name: states
-- For people: the events since :since of the rules' present versions, and each series' last change before.
SELECT event_id, rule_id, rule_version, series, point AS at, kind, level, previous, value, sample AS number, late, tells,
       told_by, told_at, evaluated_at
FROM (
  SELECT *, row_number() OVER (PARTITION BY rule_version, series, kind = 'state' ORDER BY point DESC, event_id DESC) AS age
  FROM {state}.alert_events_first
  WHERE rule_version IN (SELECT version FROM inline(from_json(:versions, 'ARRAY<STRUCT<version STRING>>')))
)
WHERE age = 1 OR point >= :since

-- name: figures
-- What every rule looks at, at every point k * step of its grid from `first` to `last`, over the `width` steps before the
-- point. Counts and sums are added up a minute first; percentiles are exact, from the rows. A request is late when it was
-- not decided by its due time, and open until it is decided or expires.
WITH wanted AS (
  SELECT rule, base, quantile, agent, user_role, model, per_agent, step, width, first, last
  FROM inline(from_json(:wanted, 'ARRAY<STRUCT<rule: BIGINT, base: STRING, quantile: STRING, agent: STRING, user_role: STRING, model: STRING, per_agent: BOOLEAN, step: BIGINT, width: BIGINT, first: BIGINT, last: BIGINT>>'))
),
covered AS (
  SELECT w.rule, w.quantile, w.first + p.n AS k, w.first + p.n - o.n AS bucket
  FROM wanted AS w
  JOIN range(0, {points}) AS p(n) ON p.n <= w.last - w.first
  JOIN range(1, {widest}) AS o(n) ON o.n <= w.width
  WHERE w.base <> 'open'
),
spans AS (
  SELECT kind, agent, user_role, model, start_time, duration_ms, cost, unpriced,
         CASE WHEN status = 'error' OR outcome = 'failed' THEN 1 ELSE 0 END AS failed
  FROM {state}.agent_spans_first WHERE start_time >= :since AND start_time < :until
),
decisions AS (
  SELECT DISTINCT request_id, decision_id, verdict, decided_at FROM {state}.approval_decisions
  WHERE verdict IN ('approve', 'reject', 'withdraw', 'supersede')
    AND decision_id NOT IN (SELECT undoes FROM {state}.approval_decisions WHERE undoes IS NOT NULL)
),
ends AS (
  SELECT request_id, decided_at,
         CASE WHEN verdict = 'approve' THEN row_number() OVER (PARTITION BY request_id, verdict ORDER BY decided_at) END
           AS approvals
  FROM decisions
),
requests AS (
  SELECT r.request_id, r.created_at, r.due_at, min(e.decided_at) AS decided_at,
         least(coalesce(min(e.decided_at), r.expires_at), r.expires_at) AS ended_at
  FROM {state}.approval_requests_first AS r
  LEFT JOIN ends AS e ON e.request_id = r.request_id AND (e.approvals IS NULL OR e.approvals = r.quorum)
  WHERE r.expires_at >= :since AND r.created_at < :until
  GROUP BY r.request_id, r.created_at, r.due_at, r.expires_at
),
cells AS (
  SELECT kind AS base, agent, user_role, model, unix_micros(start_time) DIV 60000000 AS minute, count(*) AS calls,
         sum(failed) AS failed, count(cost) AS priced, sum(cost) AS cost, sum(coalesce(unpriced, 0)) AS unpriced
  FROM spans GROUP BY 1, 2, 3, 4, 5
  UNION ALL
  SELECT 'answer', CAST(NULL AS STRING), user_role, CAST(NULL AS STRING), unix_micros(asked_at) DIV 60000000, count(*),
         sum(CASE WHEN knowledge_hit THEN 0 ELSE 1 END), 0, 0.0D, 0
  FROM {state}.query_log_first
  WHERE knowledge_hit IS NOT NULL AND asked_at >= :since AND asked_at < :until GROUP BY 3, 5
  UNION ALL
  SELECT 'rating', CAST(NULL AS STRING), user_role, CAST(NULL AS STRING), unix_micros(given_at) DIV 60000000, count(*),
         sum(CASE WHEN rating = 'down' THEN 1 ELSE 0 END), 0, 0.0D, 0
  FROM {state}.feedback_latest WHERE given_at >= :since AND given_at < :until GROUP BY 3, 5
  UNION ALL
  SELECT 'due', CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), unix_micros(due_at) DIV 60000000, count(*),
         sum(CASE WHEN decided_at <= due_at THEN 0 ELSE 1 END), 0, 0.0D, 0
  FROM requests WHERE due_at >= :since AND due_at < :until GROUP BY 5
),
added AS (
  SELECT w.rule, CASE WHEN w.per_agent THEN coalesce(c.agent, '') ELSE '' END AS series,
         c.minute * 60 DIV w.step AS bucket, sum(c.calls) AS calls, sum(c.failed) AS failed, sum(c.priced) AS priced,
         sum(c.cost) AS cost, sum(c.unpriced) AS unpriced
  FROM cells AS c JOIN wanted AS w
    ON w.quantile IS NULL AND (w.base = c.base OR w.base = 'any' AND c.base NOT IN ('answer', 'rating', 'due'))
   AND (w.agent IS NULL OR w.agent = c.agent) AND (w.user_role IS NULL OR w.user_role = c.user_role)
   AND (w.model IS NULL OR w.model = c.model)
   AND c.minute * 60 DIV w.step BETWEEN w.first - w.width AND w.last - 1
  GROUP BY 1, 2, 3
),
timed AS (
  SELECT w.rule, CASE WHEN w.per_agent THEN coalesce(s.agent, '') ELSE '' END AS series,
         unix_micros(s.start_time) DIV (w.step * 1000000) AS bucket, s.duration_ms
  FROM spans AS s JOIN wanted AS w
    ON w.quantile IS NOT NULL AND w.base = s.kind
   AND (w.agent IS NULL OR w.agent = s.agent) AND (w.user_role IS NULL OR w.user_role = s.user_role)
   AND (w.model IS NULL OR w.model = s.model)
   AND unix_micros(s.start_time) DIV (w.step * 1000000) BETWEEN w.first - w.width AND w.last - 1
),
waiting AS (
  SELECT w.rule, w.step, w.first + p.n AS k, r.created_at
  FROM wanted AS w
  JOIN range(0, {points}) AS p(n) ON p.n <= w.last - w.first
  JOIN requests AS r ON unix_micros(r.created_at) <= (w.first + p.n) * w.step * 1000000
   AND unix_micros(r.ended_at) > (w.first + p.n) * w.step * 1000000
  WHERE w.base = 'open'
)
SELECT a.rule, c.k, a.series, sum(a.calls) AS calls, sum(a.failed) AS failed, sum(a.priced) AS priced, sum(a.cost) AS cost,
       sum(a.unpriced) AS unpriced, CAST(NULL AS DOUBLE) AS seconds
FROM added AS a JOIN covered AS c ON c.rule = a.rule AND c.bucket = a.bucket GROUP BY a.rule, c.k, a.series
UNION ALL
SELECT t.rule, c.k, t.series, count(*), 0, 0, 0.0D, 0,
       CASE max(c.quantile) WHEN 'p50' THEN percentile(t.duration_ms, 0.5)
                            WHEN 'p95' THEN percentile(t.duration_ms, 0.95)
                            ELSE percentile(t.duration_ms, 0.99) END / 1000
FROM timed AS t JOIN covered AS c ON c.rule = t.rule AND c.bucket = t.bucket GROUP BY t.rule, c.k, t.series
UNION ALL
SELECT rule, k, '', count(*), 0, 0, 0.0D, 0,
       CAST(max(k * step * 1000000 - unix_micros(created_at)) AS DOUBLE) / 1000000
FROM waiting GROUP BY rule, k

-- name: claim
-- Whoever's name stands on an event tells people of it. A repeated row of an event that somebody took on is left alone.
UPDATE {state}.alert_events SET told_by = :me, told_at = :now
WHERE told_by IS NULL AND tells
  AND event_id IN (SELECT event_id FROM inline(from_json(:events, 'ARRAY<STRUCT<event_id STRING>>')))
  AND event_id NOT IN (SELECT event_id FROM {state}.alert_events WHERE told_by IS NOT NULL)

-- name: claimed
-- Which of the events this one took on.
SELECT DISTINCT event_id FROM {state}.alert_events WHERE told_by = :me

-- name: forget_marks
DELETE FROM {state}.alert_events WHERE kind = 'mark' AND point < :before AND series NOT LIKE 'rule %'

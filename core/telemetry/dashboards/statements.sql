-- What the Dashboards page reads. Never payloads; every statement takes the person that it is limited to in :only (empty:
-- nobody in particular). A span counts in the period that it began in: `now`, or `before`, the equal one before it.
-- A request is a root; a handling is a span of kind agent, or a root that names its agent. With a model chosen only calls
-- of that model are left.

-- name: usage
-- Every figure that can be added, from the rows; and when a failure was seen first and last.
SELECT CASE WHEN start_time < :begin THEN 'before' ELSE 'now' END AS period,
       unix_seconds(start_time) DIV :step AS point,
       agent, kind, model, currency, status, error_code, outcome,
       count(*) AS spans,
       sum(CASE WHEN tokens_in > 0 THEN tokens_in ELSE 0 END) AS tokens_in,
       sum(CASE WHEN tokens_out > 0 THEN tokens_out ELSE 0 END) AS tokens_out,
       sum(cost) AS cost,
       sum(CASE WHEN unpriced > 0 THEN unpriced ELSE 0 END) AS unpriced,
       min(CASE WHEN status = 'error' THEN start_time END) AS first_seen,
       max(CASE WHEN status = 'error' THEN start_time END) AS last_seen
FROM {state}.agent_spans_first
WHERE start_time >= :before AND start_time < :until
  AND (:only = '' OR user_id = :only) AND (:user = '' OR user_id = :user) AND (:role = '' OR user_role = :role)
  AND (:agent = '' OR agent = :agent) AND (:model = '' OR model = :model)
GROUP BY ALL

-- name: usage_rolled
-- The same from the hourly rollups, and from the rows of hours that are not rolled up yet. When an hour's first span began
-- is not kept: first_seen and last_seen are hours.
WITH kept AS (
  SELECT r.hour AS at, r.agent, r.kind, r.model, r.currency, r.status, r.error_code, r.outcome, r.spans,
         r.tokens_in, r.tokens_out, r.cost, r.unpriced
  FROM {state}.usage_rollup_hourly AS r
  JOIN {state}.span_hours_latest AS h ON h.hour = r.hour AND h.version = r.version
  WHERE r.hour >= :before AND r.hour < :until
    AND (:only = '' OR r.user_id = :only) AND (:user = '' OR r.user_id = :user) AND (:role = '' OR r.user_role = :role)
    AND (:agent = '' OR r.agent = :agent) AND (:model = '' OR r.model = :model)
  UNION ALL
  SELECT date_trunc('HOUR', start_time), agent, kind, model, currency, status, error_code, outcome, 1,
         CASE WHEN tokens_in > 0 THEN tokens_in END, CASE WHEN tokens_out > 0 THEN tokens_out END, cost, unpriced
  FROM {state}.agent_spans_first
  WHERE start_time >= :before AND start_time < :until
    AND start_time >= (SELECT coalesce(max(hour) + INTERVAL 1 HOUR, TIMESTAMP '1970-01-01') FROM {state}.span_hours)
    AND (:only = '' OR user_id = :only) AND (:user = '' OR user_id = :user) AND (:role = '' OR user_role = :role)
    AND (:agent = '' OR agent = :agent) AND (:model = '' OR model = :model)
)
SELECT CASE WHEN at < :begin THEN 'before' ELSE 'now' END AS period,
       unix_seconds(at) DIV :step AS point,
       agent, kind, model, currency, status, error_code, outcome,
       CAST(sum(spans) AS BIGINT) AS spans,
       CAST(sum(coalesce(tokens_in, 0)) AS BIGINT) AS tokens_in,
       CAST(sum(coalesce(tokens_out, 0)) AS BIGINT) AS tokens_out,
       sum(cost) AS cost,
       CAST(sum(coalesce(unpriced, 0)) AS BIGINT) AS unpriced,
       min(CASE WHEN status = 'error' THEN at END) AS first_seen, max(CASE WHEN status = 'error' THEN at END) AS last_seen
FROM kept
GROUP BY ALL

-- name: latency
-- Exact percentiles of durations in milliseconds: of all calls, of each agent's, and of each point.
WITH timed AS (
  SELECT CASE WHEN start_time < :begin THEN 'before' ELSE 'now' END AS period,
         unix_seconds(start_time) DIV :step AS point, agent, duration_ms,
         CASE WHEN :subject = 'model' THEN kind = 'model'
              ELSE kind = 'agent' OR (kind = 'request' AND agent IS NOT NULL) END AS of_agent,
         CASE WHEN :subject = 'agent' THEN kind = 'agent' OR (kind = 'request' AND agent IS NOT NULL)
              ELSE kind = :subject END AS of_all
  FROM {state}.agent_spans_first
  WHERE start_time >= :before AND start_time < :until AND kind IN ('request', 'agent', 'model')
    AND (:subject = 'model' OR kind <> 'model') AND duration_ms IS NOT NULL
    AND (:only = '' OR user_id = :only) AND (:user = '' OR user_id = :user) AND (:role = '' OR user_role = :role)
    AND (:agent = '' OR agent = :agent) AND (:model = '' OR model = :model)
),
parts AS (
  SELECT 'all' AS part, period, CAST(NULL AS STRING) AS agent, CAST(NULL AS BIGINT) AS point, count(*) AS calls,
         percentile(duration_ms, array(0.5, 0.95, 0.99)) AS p
  FROM timed WHERE of_all GROUP BY period
  UNION ALL
  SELECT 'agent', period, agent, CAST(NULL AS BIGINT), count(*), percentile(duration_ms, array(0.5, 0.95, 0.99))
  FROM timed WHERE of_agent GROUP BY period, agent
  UNION ALL
  SELECT 'point', period, CAST(NULL AS STRING), point, count(*), percentile(duration_ms, array(0.5, 0.95, 0.99))
  FROM timed WHERE of_all AND period = 'now' GROUP BY period, point
)
SELECT part, period, agent, point, calls, p[0] AS p50, p[1] AS p95, p[2] AS p99 FROM parts

-- name: latency_rolled
-- The same within one percent: counts in buckets are added up, and a percentile lies between the buckets of the two calls
-- that it lies between. Bucket b ends at 1.02^b milliseconds; its middle is half a step below.
WITH counted AS (
  SELECT r.hour AS at, r.agent, r.kind, r.bucket, r.spans
  FROM {state}.latency_rollup_hourly AS r
  JOIN {state}.span_hours_latest AS h ON h.hour = r.hour AND h.version = r.version
  WHERE r.hour >= :before AND r.hour < :until AND (:agent = '' OR r.agent = :agent)
  UNION ALL
  SELECT date_trunc('HOUR', start_time), agent, kind,
         CAST(ceil(ln(greatest(duration_ms, 0.001)) / ln(1.02)) AS BIGINT), 1
  FROM {state}.agent_spans_first
  WHERE start_time >= :before AND start_time < :until AND kind IN ('request', 'agent') AND duration_ms IS NOT NULL
    AND start_time >= (SELECT coalesce(max(hour) + INTERVAL 1 HOUR, TIMESTAMP '1970-01-01') FROM {state}.span_hours)
    AND (:agent = '' OR agent = :agent)
),
summed AS (
  SELECT CASE WHEN at < :begin THEN 'before' ELSE 'now' END AS period, unix_seconds(at) DIV :step AS point, agent, kind,
         bucket, sum(spans) AS calls
  FROM counted GROUP BY ALL
),
parts AS (
  SELECT 'all' AS part, period, CAST(NULL AS STRING) AS agent, CAST(NULL AS BIGINT) AS point, bucket,
         sum(calls) AS calls
  FROM summed
  WHERE kind = :subject OR (:subject = 'agent' AND kind = 'request' AND agent IS NOT NULL)
  GROUP BY period, bucket
  UNION ALL
  SELECT 'agent', period, agent, CAST(NULL AS BIGINT), bucket, sum(calls)
  FROM summed WHERE kind = 'agent' OR agent IS NOT NULL
  GROUP BY period, agent, bucket
  UNION ALL
  SELECT 'point', period, CAST(NULL AS STRING), point, bucket, sum(calls)
  FROM summed
  WHERE period = 'now' AND (kind = :subject OR (:subject = 'agent' AND kind = 'request' AND agent IS NOT NULL))
  GROUP BY period, point, bucket
),
running AS (
  SELECT part, period, agent, point, bucket,
         sum(calls) OVER (PARTITION BY part, period, agent, point ORDER BY bucket) AS reached,
         sum(calls) OVER (PARTITION BY part, period, agent, point) AS calls
  FROM parts
),
placed AS (
  SELECT part, period, agent, point, max(calls) AS calls,
         min(CASE WHEN reached >= floor(0.5 * (calls - 1)) + 1 THEN bucket END) AS low50,
         min(CASE WHEN reached >= ceil(0.5 * (calls - 1)) + 1 THEN bucket END) AS high50,
         min(CASE WHEN reached >= floor(0.95 * (calls - 1)) + 1 THEN bucket END) AS low95,
         min(CASE WHEN reached >= ceil(0.95 * (calls - 1)) + 1 THEN bucket END) AS high95,
         min(CASE WHEN reached >= floor(0.99 * (calls - 1)) + 1 THEN bucket END) AS low99,
         min(CASE WHEN reached >= ceil(0.99 * (calls - 1)) + 1 THEN bucket END) AS high99
  FROM running GROUP BY part, period, agent, point
)
SELECT part, period, agent, point, CAST(calls AS BIGINT) AS calls,
       power(1.02, low50 - 0.5) + CAST(0.5 * (calls - 1) - floor(0.5 * (calls - 1)) AS DOUBLE)
         * (power(1.02, high50 - 0.5) - power(1.02, low50 - 0.5)) AS p50,
       power(1.02, low95 - 0.5) + CAST(0.95 * (calls - 1) - floor(0.95 * (calls - 1)) AS DOUBLE)
         * (power(1.02, high95 - 0.5) - power(1.02, low95 - 0.5)) AS p95,
       power(1.02, low99 - 0.5) + CAST(0.99 * (calls - 1) - floor(0.99 * (calls - 1)) AS DOUBLE)
         * (power(1.02, high99 - 0.5) - power(1.02, low99 - 0.5)) AS p99
FROM placed

-- name: patterns
-- What was asked, as it was understood and ended; no text. The questions' log names no agent and no model. A row that was
-- written twice is alike in all that it is counted by: counting ids is quicker here than looking for the first of each.
SELECT CASE WHEN asked_at < :begin THEN 'before' ELSE 'now' END AS period,
       unix_seconds(asked_at) DIV :step AS point,
       coalesce(intent, '') AS intent, status, knowledge_hit, count(DISTINCT query_id) AS questions,
       max(CASE WHEN query_id LIKE 'sample-%' THEN 1 ELSE 0 END) AS samples
FROM {state}.query_log
WHERE asked_at >= :before AND asked_at < :until
  AND (:only = '' OR user_id = :only) AND (:user = '' OR user_id = :user) AND (:role = '' OR user_role = :role)
GROUP BY ALL

-- name: questions
-- The most frequent questions, without regard to case and blanks; only those of :texts_of unless that is empty.
SELECT lower(trim(regexp_replace(question, '\\s+', ' '))) AS text,
       count(CASE WHEN asked_at >= :begin THEN 1 END) AS asked,
       count(CASE WHEN asked_at < :begin THEN 1 END) AS asked_before,
       count(CASE WHEN asked_at >= :begin AND status = 'answered' THEN 1 END) AS answered,
       max(asked_at) AS last_asked
FROM {state}.query_log_first
WHERE asked_at >= :before AND asked_at < :until AND question IS NOT NULL
  AND (:texts_of = '' OR user_id = :texts_of)
  AND (:only = '' OR user_id = :only) AND (:user = '' OR user_id = :user) AND (:role = '' OR user_role = :role)
GROUP BY lower(trim(regexp_replace(question, '\\s+', ' ')))
HAVING count(CASE WHEN asked_at >= :begin THEN 1 END) > 0
ORDER BY asked DESC, last_asked DESC, text
LIMIT 200

-- name: approvals
-- Requests for approval by when they were asked for: how long people took to decide, and how many were late. Decisions that
-- were taken back do not count; a request is approved by the last of the approvals that it needs. What a written rule
-- decided took nobody's time.
WITH asked AS (
  SELECT request_id, created_at, due_at, expires_at, quorum
  FROM {state}.approval_requests_first
  WHERE created_at >= :before AND created_at < :until
    AND (:only = '' OR requester = :only) AND (:user = '' OR requester = :user)
    AND (:role = '' OR requester_role = :role)
),
said AS (
  SELECT d.request_id, d.verdict, d.user_id, min(d.decided_at) AS at
  FROM {state}.approval_decisions AS d LEFT SEMI JOIN asked AS a ON a.request_id = d.request_id
  WHERE d.verdict IN ('approve', 'reject', 'withdraw', 'supersede')
    AND NOT EXISTS (
      SELECT 1 FROM {state}.approval_decisions AS u WHERE u.verdict = 'undo' AND u.undoes = d.decision_id)
  GROUP BY d.request_id, d.verdict, d.user_id
),
ranked AS (
  SELECT request_id, verdict, user_id, at, row_number() OVER (PARTITION BY request_id, verdict ORDER BY at) AS place
  FROM said
),
ended AS (
  SELECT a.request_id, a.created_at, a.due_at, a.expires_at,
         min(CASE WHEN (r.verdict = 'approve' AND r.place >= a.quorum) OR r.verdict = 'reject' THEN r.at END) AS decided_at,
         min(CASE WHEN r.verdict IN ('withdraw', 'supersede') THEN r.at END) AS gone_at,
         max(CASE WHEN r.user_id LIKE 'policy:%' THEN 1 ELSE 0 END) AS by_rule,
         min(CASE WHEN r.verdict = 'reject' THEN r.at END) AS rejected_at
  FROM asked AS a LEFT JOIN ranked AS r ON r.request_id = a.request_id
  GROUP BY a.request_id, a.created_at, a.due_at, a.expires_at
),
judged AS (
  SELECT CASE WHEN created_at < :begin THEN 'before' ELSE 'now' END AS period,
         unix_seconds(created_at) DIV :step AS point, by_rule,
         CASE WHEN decided_at IS NOT NULL AND by_rule = 0
              THEN (unix_micros(decided_at) - unix_micros(created_at)) / 1000000.0 END AS seconds,
         CASE WHEN by_rule = 0 AND least(coalesce(decided_at, :now), coalesce(gone_at, :now), :now) > due_at
              THEN 1 ELSE 0 END AS breach,
         CASE WHEN decided_at IS NULL AND gone_at IS NULL AND expires_at > :now THEN 1 ELSE 0 END AS waiting,
         CASE WHEN decided_at IS NOT NULL AND rejected_at IS NULL THEN 1 ELSE 0 END AS approved,
         CASE WHEN rejected_at IS NOT NULL THEN 1 ELSE 0 END AS rejected
  FROM ended
)
SELECT period, CAST(NULL AS BIGINT) AS point, count(*) AS asked, sum(approved) AS approved, sum(rejected) AS rejected,
       sum(waiting) AS waiting, sum(breach) AS breaches, sum(by_rule) AS by_rule, count(seconds) AS decided,
       percentile(seconds, 0.5) AS p50, percentile(seconds, 0.95) AS p95
FROM judged GROUP BY period
UNION ALL
SELECT period, point, count(*), sum(approved), sum(rejected), sum(waiting), sum(breach), sum(by_rule), count(seconds),
       percentile(seconds, 0.5), percentile(seconds, 0.95)
FROM judged WHERE period = 'now' GROUP BY period, point

-- name: outcomes
-- What came of the requests and what that took: accepted (answered, and nobody rated it down), executed (an approved run
-- was done), each with the cost of its whole trace, as its roots sum it, by currency; and the ratings. A trace counts when
-- its last part began. Traces are read from :cost_before on, and are of the period now from :cost_begin on.
WITH disliked AS (SELECT DISTINCT correlation_id FROM {state}.feedback_latest WHERE rating = 'down'),
runs AS (
  SELECT correlation_id, count(*) AS runs
  FROM {state}.execution_runs_first
  WHERE request_id IS NOT NULL AND kind = 'execution' AND status = 'done' AND ended_at >= :cost_before
  GROUP BY correlation_id
),
turns AS (
  SELECT s.trace_id, max(s.start_time) AS at,
         max(CASE WHEN s.outcome = 'answered' THEN 1 ELSE 0 END) AS answered,
         max(CASE WHEN d.correlation_id IS NULL THEN 0 ELSE 1 END) AS disliked, max(coalesce(r.runs, 0)) AS executed,
         max(s.currency) AS currency, sum(s.total_cost) AS cost, sum(s.total_unpriced) AS unpriced
  FROM {state}.agent_spans_first AS s
  LEFT JOIN disliked AS d ON d.correlation_id = s.correlation_id
  LEFT JOIN runs AS r ON r.correlation_id = s.correlation_id
  WHERE s.start_time >= :cost_before AND s.start_time < :until AND s.kind = 'request'
    AND (:only = '' OR s.user_id = :only) AND (:user = '' OR s.user_id = :user) AND (:role = '' OR s.user_role = :role)
  GROUP BY s.trace_id
),
judged AS (
  SELECT CASE WHEN at < :cost_begin THEN 'before' ELSE 'now' END AS period, currency, cost, unpriced, executed,
         CASE WHEN answered = 1 AND disliked = 0 THEN 1 ELSE 0 END AS accepted
  FROM turns
)
SELECT 'trace' AS part, period, CAST(NULL AS BIGINT) AS point, currency AS label,
       CAST(sum(accepted) AS BIGINT) AS accepted, CAST(sum(executed) AS BIGINT) AS executed,
       sum(CASE WHEN accepted = 1 THEN cost END) AS accepted_cost,
       sum(CASE WHEN executed > 0 THEN cost END) AS executed_cost,
       CAST(sum(CASE WHEN unpriced > 0 AND (accepted = 1 OR executed > 0) THEN unpriced ELSE 0 END) AS BIGINT) AS unpriced
FROM judged GROUP BY period, currency
UNION ALL
SELECT 'rating', CASE WHEN given_at < :begin THEN 'before' ELSE 'now' END, unix_seconds(given_at) DIV :step, rating,
       count(*), CAST(NULL AS BIGINT), CAST(NULL AS DOUBLE), CAST(NULL AS DOUBLE), CAST(0 AS BIGINT)
FROM {state}.feedback_latest
WHERE given_at >= :before AND given_at < :until
  AND (:only = '' OR user_id = :only) AND (:user = '' OR user_id = :user) AND (:role = '' OR user_role = :role)
GROUP BY CASE WHEN given_at < :begin THEN 'before' ELSE 'now' END, unix_seconds(given_at) DIV :step, rating

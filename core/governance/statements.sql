-- name: request
-- A request with everything that has happened to it, one row an item: decision, grant, run, and (part 'assignment' and
-- 'switch') what says whether its requester still has the role and whether its runner is switched on.
SELECT r.*, i.part, i.item_id, i.word, i.note, i.seen, i.refers_to, i.actor, i.actor_role, i.at, i.item_key,
       i.item_signature
FROM {state}.approval_requests AS r
LEFT JOIN (
  SELECT request_id, 'decision' AS part, decision_id AS item_id, verdict AS word, reason AS note, digest_seen AS seen,
         undoes AS refers_to, user_id AS actor, user_role AS actor_role, decided_at AS at, key_id AS item_key,
         signature AS item_signature
  FROM {state}.approval_decisions WHERE request_id = :request_id
  UNION ALL
  SELECT request_id, 'grant', consumed_by, CAST(NULL AS STRING), CAST(NULL AS STRING), digest, CAST(NULL AS STRING),
         CAST(NULL AS STRING), CAST(NULL AS STRING), consumed_at, key_id, signature
  FROM {state}.approval_grants WHERE request_id = :request_id
  UNION ALL
  SELECT request_id, 'run', run_id, status, CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), user_id,
         user_role, ended_at, CAST(NULL AS STRING), CAST(NULL AS STRING)
  FROM {state}.execution_runs WHERE request_id = :request_id
  UNION ALL
  SELECT :request_id, 'assignment', assignment_id, roles, CAST(NULL AS STRING), CAST(NULL AS STRING), approval_id,
         user_id, assigned_by, assigned_at, key_id, signature
  FROM {state}.role_assignments
  UNION ALL
  SELECT :request_id, 'switch', switch_id, CAST(enabled AS STRING), reason, CAST(NULL AS STRING), CAST(NULL AS STRING),
         agent, switched_by, switched_at, key_id, signature
  FROM {state}.agent_switches
) AS i ON i.request_id = r.request_id
WHERE r.request_id = :request_id

-- name: requests
-- A page of the requests that a person may see, newest first, with their decisions, grants and runs, and how many are
-- open; one row, without a request, where the page is empty. What is open is decided here by what was written, and once
-- more by the reader, who knows which rows are signed. Open requests and the page's ids come first, from few columns:
-- everything else is read for those alone.
WITH undone AS (
  SELECT undoes FROM {state}.approval_decisions WHERE verdict = 'undo'
),
open_requests AS (
  SELECT DISTINCT request_id, requester, quorum,
         (contains(approver_roles, :role) OR (due_at <= :now AND contains(escalation_roles, :role))) AS decides
  FROM {state}.approval_requests AS r
  WHERE expires_at > :now
    AND (:sees_all OR requester = :viewer OR contains(approver_roles, :role)
         OR (due_at <= :now AND contains(escalation_roles, :role)))
    AND NOT EXISTS (
      SELECT 1 FROM {state}.approval_grants AS g WHERE g.request_id = r.request_id AND g.consumed_by IS NOT NULL)
    AND NOT EXISTS (
      SELECT 1 FROM {state}.approval_decisions AS d
      WHERE d.request_id = r.request_id AND d.verdict IN ('reject', 'withdraw', 'supersede')
        AND NOT EXISTS (SELECT 1 FROM undone AS u WHERE u.undoes = d.decision_id))
),
approvals AS (
  SELECT d.request_id, count(DISTINCT d.user_id) AS people, max(CASE WHEN d.user_id = :viewer THEN 1 ELSE 0 END) AS own
  FROM {state}.approval_decisions AS d
  WHERE d.verdict = 'approve' AND d.request_id IN (SELECT request_id FROM open_requests)
    AND NOT EXISTS (SELECT 1 FROM undone AS u WHERE u.undoes = d.decision_id)
  GROUP BY d.request_id
),
counts AS (
  SELECT count(DISTINCT o.request_id) AS open_count,
         count(DISTINCT CASE WHEN o.requester = :viewer THEN o.request_id END) AS mine_count,
         count(DISTINCT CASE WHEN o.decides AND o.requester <> :viewer AND coalesce(a.own, 0) = 0
                              AND coalesce(a.people, 0) < o.quorum THEN o.request_id END) AS to_decide_count
  FROM open_requests AS o LEFT JOIN approvals AS a ON a.request_id = o.request_id
),
page AS (
  SELECT DISTINCT request_id FROM {state}.approval_requests
  WHERE (:sees_all OR requester = :viewer OR contains(approver_roles, :role)
         OR (due_at <= :now AND contains(escalation_roles, :role)))
    AND (:requester = '' OR requester = :requester)
    AND (:kind = '' OR kind = :kind)
    AND (:risk = '' OR risk = :risk)
    AND (:before = '' OR request_id < :before)
    AND created_at <= :asked_by
    AND {openness}
  ORDER BY request_id DESC
  LIMIT {limit}
),
items AS (
  SELECT request_id, 'decision' AS part, decision_id AS item_id, verdict AS word, reason AS note, digest_seen AS seen,
         undoes AS refers_to, user_id AS actor, user_role AS actor_role, decided_at AS at, key_id AS item_key,
         signature AS item_signature
  FROM {state}.approval_decisions WHERE request_id IN (SELECT request_id FROM page)
  UNION ALL
  SELECT request_id, 'grant', consumed_by, CAST(NULL AS STRING), CAST(NULL AS STRING), digest, CAST(NULL AS STRING),
         CAST(NULL AS STRING), CAST(NULL AS STRING), consumed_at, key_id, signature
  FROM {state}.approval_grants WHERE request_id IN (SELECT request_id FROM page)
  UNION ALL
  SELECT request_id, 'run', run_id, status, CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), user_id,
         user_role, ended_at, CAST(NULL AS STRING), CAST(NULL AS STRING)
  FROM {state}.execution_runs WHERE request_id IN (SELECT request_id FROM page)
),
requests AS (
  SELECT * FROM {state}.approval_requests WHERE request_id IN (SELECT request_id FROM page)
)
SELECT c.open_count, c.mine_count, c.to_decide_count, r.*, i.part, i.item_id, i.word, i.note, i.seen, i.refers_to,
       i.actor, i.actor_role, i.at, i.item_key, i.item_signature
FROM counts AS c
LEFT JOIN requests AS r ON TRUE
LEFT JOIN items AS i ON i.request_id = r.request_id

-- name: openness_any
-- Every request of the page above.
TRUE

-- name: openness_open
request_id IN (SELECT request_id FROM open_requests)

-- name: openness_closed
request_id NOT IN (SELECT request_id FROM open_requests)

-- name: consume
-- The licence: whoever changes the row may run it, once.
UPDATE {state}.approval_grants SET consumed_by = :consumed_by, consumed_at = :now
WHERE request_id = :request_id AND consumed_by IS NULL

-- name: consumer
-- Who has the licence, after an update that changed nothing or whose outcome is unknown.
SELECT consumed_by, consumed_at FROM {state}.approval_grants WHERE request_id = :request_id

-- name: scopes
SELECT * FROM {state}.data_scopes ORDER BY scope_id

-- name: assignments
SELECT * FROM {state}.role_assignments ORDER BY assignment_id

-- name: switches
SELECT * FROM {state}.agent_switches ORDER BY switch_id

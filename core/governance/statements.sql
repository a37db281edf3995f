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
-- A page of requests, newest first, with their decisions, grants and runs. What is open is decided here by what was
-- written, and once more by the reader, who knows which rows are signed.
WITH undone AS (
  SELECT undoes FROM {state}.approval_decisions WHERE verdict = 'undo'
),
closed AS (
  SELECT request_id FROM {state}.approval_decisions
  WHERE verdict IN ('reject', 'withdraw', 'supersede') AND decision_id NOT IN (SELECT undoes FROM undone)
  UNION ALL
  SELECT request_id FROM {state}.approval_grants WHERE consumed_by IS NOT NULL
),
page AS (
  SELECT * FROM {state}.approval_requests
  WHERE (:requester = '' OR requester = :requester)
    AND (:kind = '' OR kind = :kind)
    AND (:risk = '' OR risk = :risk)
    AND (:before = '' OR request_id < :before)
    AND (:openness <> 'open' OR (expires_at > :now AND request_id NOT IN (SELECT request_id FROM closed)))
    AND (:openness <> 'closed' OR expires_at <= :now OR request_id IN (SELECT request_id FROM closed))
  ORDER BY request_id DESC
  LIMIT {limit}
)
SELECT r.*, i.part, i.item_id, i.word, i.note, i.seen, i.refers_to, i.actor, i.actor_role, i.at, i.item_key,
       i.item_signature
FROM page AS r
LEFT JOIN (
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
) AS i ON i.request_id = r.request_id

-- name: counts
-- How many requests are open, over all and of one requester.
SELECT count(DISTINCT request_id) AS open,
       count(DISTINCT CASE WHEN requester = :requester THEN request_id END) AS mine
FROM {state}.approval_requests
WHERE expires_at > :now
  AND request_id NOT IN (
    SELECT request_id FROM {state}.approval_decisions
    WHERE verdict IN ('reject', 'withdraw', 'supersede')
      AND decision_id NOT IN (SELECT undoes FROM {state}.approval_decisions WHERE verdict = 'undo'))
  AND request_id NOT IN (SELECT request_id FROM {state}.approval_grants WHERE consumed_by IS NOT NULL)

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

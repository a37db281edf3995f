-- name: differences
-- What the audit log tells of without a row of its own, and rows of which it tells nothing; one row a difference. An
-- entry names its row (`record`); older ones are found by who did what to what.
WITH entries AS (
  SELECT DISTINCT action, object_id, actor, at,
         get_json_object(detail, '$.record') AS record,
         get_json_object(detail, '$.request') AS request,
         get_json_object(detail, '$.verdict') AS verdict,
         get_json_object(detail, '$.enabled') AS enabled,
         get_json_object(detail, '$.consumed_by') AS consumed_by
  FROM {state}.audit_log
  WHERE action IN ('approval.requested', 'approval.decided', 'approval.undone', 'approval.consumed', 'role.changed',
                   'scope.changed', 'agent.switched')
),
told AS (
  SELECT 'request' AS kind, object_id AS name, object_id AS subject, actor, at
  FROM entries WHERE action = 'approval.requested'
  UNION ALL
  SELECT 'licence', object_id, object_id, actor, at
  FROM entries WHERE action = 'approval.requested'
  UNION ALL
  SELECT 'use', concat(object_id, '|', consumed_by), object_id, actor, at
  FROM entries WHERE action = 'approval.consumed'
  UNION ALL
  SELECT 'decision',
         coalesce(record, concat(object_id, '|', actor, '|',
                                 CASE WHEN action = 'approval.undone' THEN 'undo' ELSE verdict END)),
         object_id, actor, at
  FROM entries WHERE action IN ('approval.decided', 'approval.undone')
  UNION ALL
  SELECT 'assignment', coalesce(record, request), object_id, actor, at
  FROM entries WHERE action = 'role.changed'
  UNION ALL
  SELECT 'scope', coalesce(record, request), object_id, actor, at
  FROM entries WHERE action = 'scope.changed'
  UNION ALL
  SELECT 'switch', coalesce(record, concat(object_id, '|', actor, '|', enabled)), object_id, actor, at
  FROM entries WHERE action = 'agent.switched'
),
kept AS (
  SELECT 'request' AS kind, request_id AS name, CAST(NULL AS STRING) AS older_name, request_id AS subject,
         requester AS actor, created_at AS at
  FROM {state}.approval_requests
  UNION ALL
  SELECT 'licence', request_id, CAST(NULL AS STRING), request_id, CAST(NULL AS STRING), created_at
  FROM {state}.approval_grants
  UNION ALL
  SELECT 'use', concat(request_id, '|', consumed_by), CAST(NULL AS STRING), request_id, consumed_by, consumed_at
  FROM {state}.approval_grants WHERE consumed_by IS NOT NULL
  UNION ALL
  SELECT 'decision', decision_id, concat(request_id, '|', user_id, '|', verdict), request_id, user_id, decided_at
  FROM {state}.approval_decisions
  UNION ALL
  SELECT 'assignment', assignment_id, approval_id, user_id, assigned_by, assigned_at
  FROM {state}.role_assignments
  UNION ALL
  SELECT 'scope', scope_id, approval_id, schema_name, set_by, set_at
  FROM {state}.data_scopes WHERE approval_id IS NOT NULL
  UNION ALL
  SELECT 'switch', switch_id, concat(agent, '|', switched_by, '|', CAST(enabled AS STRING)), agent, switched_by,
         switched_at
  FROM {state}.agent_switches
),
names AS (
  SELECT kind, name FROM kept
  UNION ALL
  SELECT kind, older_name FROM kept WHERE older_name IS NOT NULL
)
SELECT 'row' AS lacks, t.kind, t.name, t.subject, t.actor, t.at
FROM told AS t
WHERE NOT EXISTS (SELECT 1 FROM names AS n WHERE n.kind = t.kind AND n.name = t.name)
UNION ALL
SELECT 'entry', k.kind, k.name, k.subject, k.actor, k.at
FROM kept AS k
WHERE NOT EXISTS (SELECT 1 FROM told AS t WHERE t.kind = k.kind AND t.name = k.name)
  AND NOT EXISTS (SELECT 1 FROM told AS t WHERE t.kind = k.kind AND t.name = k.older_name)
ORDER BY at, kind, name
LIMIT :most

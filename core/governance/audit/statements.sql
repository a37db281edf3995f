-- What is read of the audit log. DISTINCT joins the copies of a row that was appended twice, and only those: a row that
-- differs in one column stays, so that the reader can see that it is not what was signed.

-- name: entries
-- Newest first (ids sort by time); empty texts stand for everything.
SELECT DISTINCT audit_id, chain_id, seq, prev_hash, hash, key_id, at, actor, actor_role, action, object_kind, object_id,
  correlation_id, session_id, detail
FROM {state}.audit_log
WHERE (:correlation_id = '' OR correlation_id = :correlation_id)
  AND (:actor = '' OR actor = :actor)
  AND (:action = '' OR action = :action)
  AND (:object_kind = '' OR object_kind = :object_kind)
  AND (:object_id = '' OR object_id = :object_id)
  AND (:since IS NULL OR at >= :since)
  AND (:until IS NULL OR at < :until)
  AND (:before = '' OR audit_id < :before)
ORDER BY audit_id DESC, hash
LIMIT :most

-- name: chains_from
-- A page of the walk through all chains, from one place on, that place included.
SELECT DISTINCT audit_id, chain_id, seq, prev_hash, hash, key_id, at, actor, actor_role, action, object_kind, object_id,
  correlation_id, session_id, detail
FROM {state}.audit_log
WHERE seq IS NOT NULL AND (chain_id > :chain_id OR (chain_id = :chain_id AND seq >= :seq))
ORDER BY chain_id, seq
LIMIT :most

-- name: without_a_place
-- Rows that the walk cannot reach; the platform writes none.
SELECT count(*) AS found FROM {state}.audit_log WHERE chain_id IS NULL OR seq IS NULL

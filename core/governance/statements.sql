-- name: request_by_id
SELECT * FROM {state}.approval_requests_first WHERE request_id = :request_id

-- name: requests
-- Newest first; an empty requester stands for everybody.
SELECT * FROM {state}.approval_requests_first
WHERE (:requester = '' OR requester = :requester)
  AND (:status = '' OR (:status = 'pending' AND expires_at > :now) OR (:status = 'expired' AND expires_at <= :now))
ORDER BY created_at DESC, request_id DESC
LIMIT 1000

-- name: scopes
SELECT schema_name, roles FROM {state}.data_scopes_latest ORDER BY schema_name

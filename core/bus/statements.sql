-- What the bus reads, and its few updates. Rows with a bad signature are dropped by the reader, not here.

-- name: history
-- A conversation in order; `participant` narrows it to what one agent (or 'user') sent or received.
SELECT * FROM {state}.agent_messages
WHERE session_id = :session_id
  AND (:user_id IS NULL OR user_id = :user_id)
  AND (:participant IS NULL OR from_agent = :participant OR to_agent = :participant)
ORDER BY timestamp, message_id

-- name: correlation
SELECT * FROM {state}.agent_messages
WHERE correlation_id = :correlation_id
ORDER BY timestamp, message_id

-- name: by_id
SELECT * FROM {state}.agent_messages
WHERE message_id = :message_id
ORDER BY timestamp

-- name: by_ids
-- Some messages; ids sort by their time, so the bounds spare the files of other times.
SELECT * FROM {state}.agent_messages
WHERE message_id BETWEEN :first AND :last AND array_contains(from_json(:ids, 'ARRAY<STRING>'), message_id)
ORDER BY timestamp

-- name: stops
-- Requests to stop a turn that another process runs: messages to one agent that name a request.
SELECT * FROM {state}.agent_messages
WHERE message_type = 'event' AND reply_to IS NOT NULL AND timestamp >= :since
ORDER BY timestamp, message_id

-- name: correlations_of_process
-- Every message of the correlations in which a process made a request since a moment.
SELECT * FROM {state}.agent_messages
WHERE correlation_id IN (
  SELECT correlation_id FROM {state}.agent_messages
  WHERE process_id = :process_id AND message_type = 'request' AND timestamp >= :since
)
ORDER BY timestamp, message_id

-- name: any_message
SELECT message_id FROM {state}.agent_messages LIMIT 1

-- name: memory_of_scope
-- What is live in a scope; a deletion is a row too, and the newest row of a key counts.
SELECT memory_id, key, value, writer, timestamp, expires_at, deleted FROM {state}.agent_shared_memory
WHERE scope = :scope
QUALIFY ROW_NUMBER() OVER (PARTITION BY key ORDER BY timestamp DESC, memory_id DESC) = 1

-- name: registry
SELECT agent, version, capabilities, kinds, registered_at FROM {state}.agent_registry_latest
ORDER BY agent

-- name: dead_letters
SELECT * FROM {state}.dead_letters_first
ORDER BY timestamp DESC, dead_letter_id
LIMIT 500

-- name: dead_letter
SELECT * FROM {state}.dead_letters_first
WHERE dead_letter_id = :dead_letter_id

-- name: event_cursors
SELECT agent, event_type, position, timestamp FROM {state}.event_cursors
QUALIFY ROW_NUMBER() OVER (PARTITION BY agent, event_type ORDER BY timestamp DESC, cursor_id DESC) = 1

-- name: open_leases
SELECT process_id, host, pid, kind, started_at, renewed_at, expires_at, owner, fence
FROM {state}.process_leases
WHERE NOT closed

-- name: renew_leases
-- A process renews its own row and those that it took over.
UPDATE {state}.process_leases
SET renewed_at = :now, expires_at = :expires_at
WHERE owner = :owner AND NOT closed

-- name: owned_leases
-- What a process really holds, when the number of renewed rows leaves a doubt.
SELECT DISTINCT process_id FROM {state}.process_leases
WHERE owner = :owner AND NOT closed

-- name: take_over
-- Exactly one of several takers finds the row as it read it.
UPDATE {state}.process_leases
SET owner = :owner, fence = fence + 1, renewed_at = :now, expires_at = :expires_at
WHERE process_id = :process_id AND owner = :seen_owner AND fence = :seen_fence
  AND expires_at = :seen_expires_at AND NOT closed

-- name: close_lease
UPDATE {state}.process_leases
SET closed = true, renewed_at = :now
WHERE process_id = :process_id AND owner = :owner AND NOT closed

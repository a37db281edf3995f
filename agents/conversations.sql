-- What the conversation list and a conversation's page read.

-- name: of_user
-- One row a conversation: its first question, when it began and when it was last asked in.
SELECT session_id, MIN(timestamp) AS started_at, MAX(timestamp) AS last_at,
       MIN_BY(content, timestamp) AS first_content, COUNT(*) AS questions
FROM {state}.agent_messages
WHERE user_id = :user_id AND from_agent = 'user' AND message_type = 'request'
GROUP BY session_id

-- name: events_of_user
-- Titles, deletions and their undoing, oldest first.
SELECT session_id, event, title, timestamp FROM {state}.conversations_first
WHERE user_id = :user_id
ORDER BY timestamp, event_id

-- name: containing
-- Conversations in which the person asked something that holds the text.
SELECT DISTINCT session_id FROM {state}.agent_messages
WHERE user_id = :user_id AND from_agent = 'user' AND message_type = 'request'
  AND LOWER(content) LIKE :pattern ESCAPE '!'

-- name: owner
-- Who asked first in a conversation.
SELECT user_id FROM {state}.agent_messages
WHERE session_id = :session_id AND from_agent = 'user' AND message_type = 'request'
ORDER BY timestamp, message_id LIMIT 1

-- name: ratings
SELECT correlation_id, rating FROM {state}.feedback
WHERE session_id = :session_id AND user_id = :user_id
ORDER BY given_at, feedback_id

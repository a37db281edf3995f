-- name: known_values
-- What there is to name in a question of the last 90 days: who asked, in which role, how it went; and the models.
SELECT DISTINCT user_id, user_role, intent, rung, outcome, error_code, agent, provider, model, prompt_version
FROM {state}.agent_spans_first
WHERE start_time >= :since AND kind IN ('request', 'agent', 'model');

-- name: question_texts
-- What was asked, of these questions; of one person only where :only names somebody.
SELECT correlation_id, user_id, min(question) AS question
FROM {state}.query_log_first
WHERE array_contains(from_json(:ids, 'ARRAY<STRING>'), correlation_id) AND (:only IS NULL OR user_id = :only)
GROUP BY correlation_id, user_id;

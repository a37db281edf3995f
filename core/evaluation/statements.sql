-- Statements over the history of evaluations; tables.sql says what the tables hold.

-- name: known_questions
-- The ids that are recorded already, so that a repeated run adds no row.
SELECT DISTINCT question_id
FROM {state}.golden_questions

-- name: runs
-- The newest runs first.
SELECT run_id, set_name, asked, questions, right_answers, wrong_answers, accuracy, answer_precision, coverage,
  unanswerable_declined, ambiguous_clarified, seconds_p50, seconds_p95, summary, started_at, ended_at
FROM {state}.eval_runs_first
ORDER BY ended_at DESC, run_id DESC
LIMIT 200

-- name: failures
-- What did not end as it should in one run, wrong answers first.
SELECT question_id, set_name, question, user_role, kind, half, why, verdict, fault, status, rung, seconds, understood,
  statement, expected, found, row_count, said
FROM {state}.eval_failures_first
WHERE run_id = :run_id
ORDER BY place

-- name: rows
-- Everything that was entered, newest first; the first row of a price_id is the one that counts.
SELECT * FROM {state}.model_prices
ORDER BY entered_at DESC, price_id

-- name: unpriced
-- Calls without a price since a moment, by model.
SELECT provider, model, count(*) AS calls, sum(tokens_in) AS tokens_in, sum(tokens_out) AS tokens_out,
       max(start_time) AS last_call
FROM {state}.agent_spans_first
WHERE kind = 'model' AND unpriced = 1 AND start_time >= :since
GROUP BY provider, model
ORDER BY calls DESC, provider, model

-- name: calls
-- Calls of a range by model and day, with what they cost when they ended; to be priced again by another table.
SELECT provider, model, CAST(start_time AS DATE) AS day, count(*) AS calls,
       sum(coalesce(tokens_in, 0)) AS tokens_in, sum(coalesce(tokens_out, 0)) AS tokens_out,
       sum(least(coalesce(tokens_cached, 0), coalesce(tokens_in, 0))) AS tokens_cached,
       sum(cost) AS cost, sum(coalesce(unpriced, 0)) AS unpriced
FROM {state}.agent_spans_first
WHERE kind = 'model' AND start_time >= :since AND start_time < :until
  AND (tokens_in IS NOT NULL OR unpriced = 1)
GROUP BY provider, model, CAST(start_time AS DATE)
ORDER BY provider, model, day

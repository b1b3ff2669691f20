-- name: waiting
SELECT s.reason, s.about, epoch_us(s.since), CAST(s.fact_id AS VARCHAR)
FROM suspense AS s
JOIN fact AS f ON f.position = s.position
WHERE s.since <= $as_of AND (s.until IS NULL OR s.until > $as_of)
ORDER BY f.{order};

-- name: length
-- How many facts the history of a commitment has at an instant.
SELECT count(*) FROM commitment_history AS h WHERE h.commitment_id = $id AND h.step_at <= $as_of;

-- name: history
-- The facts at one end of it.
SELECT h.position, h.applied
FROM commitment_history AS h
WHERE h.commitment_id = $id AND h.step_at <= $as_of
ORDER BY h.time {way}, h.fact_id {way}
LIMIT {limit};

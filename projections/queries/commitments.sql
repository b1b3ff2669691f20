-- name: length
-- How many facts the history of a commitment has at an instant.
SELECT count(*) FROM commitment_history AS h WHERE h.commitment_id = $id AND h.step_at <= $as_of;

-- name: history
-- The facts of one commitment that had happened, as people read them: in the order; all of them,
-- or those at one end.
SELECT h.position, CAST(h.fact_id AS VARCHAR), h.type, epoch_us(h.time), h.applied
FROM commitment_history AS h
WHERE h.commitment_id = $id AND h.step_at <= $as_of
ORDER BY h.nth {way}
{limit};

-- name: of_history
SELECT h.position FROM commitment_history AS h WHERE h.commitment_id = $id;

-- name: recorded
SELECT f.position, epoch_us(f.recorded_at), f.source FROM fact AS f WHERE f.position IN ({which});

-- name: pauses
-- The pauses of one commitment that had begun at an instant.
SELECT p.waiting_for, epoch_us(p.since), epoch_us(p.until)
FROM commitment_pause AS p
WHERE p.commitment_id = $id AND p.since <= $as_of;

-- name: length
-- How many facts the history of a commitment has at an instant.
SELECT count(*) FROM commitment_history AS h WHERE {which} AND h.step_at <= $as_of;

-- name: history
-- The facts of commitments that had happened, as people read them: in the order; all of them, or,
-- of one commitment, those at one end.
SELECT
    h.commitment_id, h.position, CAST(h.fact_id AS VARCHAR), h.type, epoch_us(h.time), h.applied
FROM commitment_history AS h
WHERE {which} AND h.step_at <= $as_of
ORDER BY h.nth {way}
{limit};

-- name: recorded
SELECT f.position, epoch_us(f.recorded_at), f.source
FROM fact AS f
WHERE f.position IN (SELECT unnest($positions));

-- name: pauses
-- The pauses of commitments that had begun at an instant.
SELECT p.commitment_id, p.waiting_for, epoch_us(p.since), epoch_us(p.until)
FROM commitment_pause AS p
WHERE {which} AND p.since <= $as_of;

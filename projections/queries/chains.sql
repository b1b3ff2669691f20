-- name: supporting
-- What each commitment supports that had been made at an instant.
SELECT c.commitment_id, c.supports
FROM commitment AS c
WHERE c.supports IS NOT NULL AND c.made_at <= $as_of;

-- name: nodes
-- Commitments as they stood, and whether each of them was due by then and is not kept.
SELECT
    s.commitment_id, s.supports, s.owner, s.about, s.status,
    epoch_us(s.agreed_due_at), epoch_us(s.honoured_at),
    s.agreed_due_at < $as_of AND s.status <> 'kept'
        AND NOT (s.state = 'released' AND s.released_at <= s.agreed_due_at)
FROM ({standing}) AS s;

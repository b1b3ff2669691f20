-- The pauses of each commitment: from the fact that paused it to the one by which it went on, null
-- while it is paused. Whom it waits for is said by the first of several that would pause it.
CREATE TABLE commitment_pause AS
SELECT s.commitment_id, p.waiting_for, s.step_at AS since, s.next_at AS until
FROM (
    SELECT
        h.commitment_id, h.position, h.step_at,
        lead(h.step_at) OVER (PARTITION BY h.commitment_id ORDER BY h.n) AS next_at
    FROM commitment_history AS h
    JOIN touched_commitment AS t ON t.commitment_id = h.commitment_id
    WHERE h.applied AND h.type IN ('commitment.paused', 'commitment.resumed')
) AS s
JOIN commitment_paused AS p ON p.position = s.position
ORDER BY s.commitment_id, s.step_at;

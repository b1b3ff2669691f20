-- The longest time without a sign of the company, within the stretches in which it was open. After
-- each step the last sign so far is known; a stretch begins where none ended at that instant.
SELECT p.*, p.made_at AS at, CAST(q.silence AS DOUBLE) / 1000000 AS number
FROM promise AS p
JOIN (
    SELECT
        o.commitment_id,
        max(epoch_us(o.ends_at) - epoch_us(greatest(o.last_sign_at, o.began_at))) AS silence
    FROM (
        SELECT
            s.commitment_id, s.ends_at, s.last_sign_at,
            max(CASE WHEN s.before IS NULL OR s.before < s.step_at THEN s.step_at END) OVER (
                PARTITION BY s.commitment_id ORDER BY s.n ROWS UNBOUNDED PRECEDING
            ) AS began_at
        FROM (
            SELECT
                h.commitment_id, h.n, h.step_at, h.last_sign_at,
                least(h.until, $as_of) AS ends_at,
                lag(h.until) OVER (PARTITION BY h.commitment_id ORDER BY h.n) AS before
            FROM commitment_history AS h
            WHERE h.step_at <= $as_of AND h.state = 'open'
        ) AS s
    ) AS o
    GROUP BY o.commitment_id
) AS q ON q.commitment_id = p.commitment_id;

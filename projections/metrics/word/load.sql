-- What is overdue, what falls due in the weeks to come, and what was honoured in the weeks before.
SELECT
    w.*,
    CAST(NULL AS TIMESTAMPTZ) AS at
FROM (
    SELECT
        p.*,
        CASE
            WHEN p.outstanding AND p.agreed_due_at < $as_of THEN 'overdue'
            WHEN p.outstanding THEN 'due'
            ELSE 'honoured'
        END AS what,
        CASE WHEN p.outstanding THEN p.agreed_due_at ELSE p.honoured_at END AS placed_at
    FROM promise AS p
    WHERE (p.outstanding AND p.agreed_due_at < $weeks_end)
        OR (p.state = 'honoured' AND p.honoured_at >= $weeks_start AND p.honoured_at < $this_week)
) AS w;

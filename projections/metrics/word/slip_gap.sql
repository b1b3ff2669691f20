-- As in kept.sql: by the latest date on side a, by the first on side b.
SELECT
    p.*,
    p.agreed_due_at AS at,
    p.state = 'honoured' AND coalesce(p.in_time, p.honoured_at <= p.by_date) AS counted
FROM (
    SELECT
        s.side,
        CASE s.side WHEN 'a' THEN q.latest_due_at ELSE q.first_due_at END AS by_date,
        q.*
    FROM promise AS q
    CROSS JOIN (SELECT unnest(['a', 'b']) AS side) AS s
) AS p
WHERE p.by_date < $as_of AND NOT (p.state = 'released' AND p.released_at <= p.by_date);

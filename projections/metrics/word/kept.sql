-- The commitments whose date on one basis has passed, without those released in time.
SELECT
    p.*,
    p.{anchor}_due_at AS at,
    p.state = 'honoured' AND coalesce(p.in_time, p.honoured_at <= p.{basis}_due_at) AS counted
FROM promise AS p
WHERE p.{basis}_due_at < $as_of
    AND NOT (p.state = 'released' AND p.released_at <= p.{basis}_due_at);

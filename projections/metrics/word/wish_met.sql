-- The source's own verdict is about the company's date, and says nothing of the wish.
SELECT
    p.*,
    p.requested_at AS at,
    p.state = 'honoured' AND p.honoured_at <= p.requested_at AS counted
FROM promise AS p
WHERE p.requested_at < $as_of
    AND NOT (p.state = 'released' AND p.released_at <= p.requested_at);

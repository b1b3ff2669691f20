SELECT
    p.*,
    p.honoured_at AS at,
    p.honoured_at AS started_at,
    EXISTS (
        SELECT 1 FROM commitment_history AS h
        WHERE h.commitment_id = p.commitment_id AND h.type = 'commitment.confirmed'
            AND h.time >= p.honoured_at AND h.time <= $as_of
            AND epoch_us(h.time) <= epoch_us(p.honoured_at) + $within
    ) AS counted
FROM promise AS p
WHERE p.state = 'honoured';

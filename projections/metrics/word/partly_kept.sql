SELECT
    p.*,
    p.agreed_due_at AS at,
    EXISTS (
        SELECT 1 FROM commitment_history AS h
        WHERE h.commitment_id = p.commitment_id AND h.type = 'commitment.part_honoured'
            AND h.time <= p.agreed_due_at
    ) AS counted
FROM promise AS p
WHERE p.due AND NOT p.kept;

SELECT
    p.*,
    p.agreed_due_at AS at,
    p.first_chased_at IS NULL OR p.first_chased_at >= p.honoured_at AS counted
FROM promise AS p
WHERE p.status = 'kept';

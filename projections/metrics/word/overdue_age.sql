-- Days of 24 hours, begun ones as whole.
SELECT
    p.*,
    p.agreed_due_at AS at,
    CAST(ceil(
        CAST(epoch_us($as_of) - epoch_us(p.agreed_due_at) AS DOUBLE) / 86400000000
    ) AS INTEGER) AS days
FROM promise AS p
WHERE p.status = 'overdue';

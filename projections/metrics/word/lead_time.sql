SELECT
    p.*,
    p.made_at AS at,
    CAST(epoch_us(p.first_due_at) - epoch_us(p.made_at) AS DOUBLE) / 1000000 AS number
FROM promise AS p
WHERE p.first_due_at IS NOT NULL;

-- One row a payment whose capture is seen.
CREATE TABLE payment AS
SELECT
    s.about AS payment_id,
    c.subject,
    s.department,
    c.amount_minor,
    c.currency,
    c.method,
    s.id AS opened_id,
    s.position AS opened_position,
    s.time AS opened_at
FROM step AS s
JOIN payment_captured AS c ON c.position = s.position
WHERE s.kind = 'payment' AND s.n = 1
ORDER BY s.about;

-- The promises that were not kept, by the department whose fact came just before they were made.
SELECT
    p.*,
    p.agreed_due_at AS at,
    s.previous_department AS "from"
FROM promise AS p
LEFT JOIN customer_step AS s ON s.position = p.made_position
WHERE p.due AND NOT p.kept;

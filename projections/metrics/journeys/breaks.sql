-- The promises that were not kept, by the department whose fact came just before they were made.
SELECT
    p.*,
    p.agreed_due_at AS at,
    b.department AS "from"
FROM promise AS p
LEFT JOIN promise_in_journey AS j ON j.commitment_id = p.commitment_id
LEFT JOIN customer_step AS b ON b.journey_id = j.journey_id AND b.n = j.step - 1
WHERE p.due AND NOT p.kept;

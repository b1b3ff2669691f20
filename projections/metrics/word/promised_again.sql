-- The same word given again where it was not kept before, on the same journey.
SELECT
    p.*,
    p.made_at AS at,
    p.commitment_id IN (
        SELECT n.commitment_id
        FROM promise_in_journey AS o
        JOIN promise_in_journey AS n ON n.journey_id = o.journey_id AND n.about = o.about
            AND n.commitment_id <> o.commitment_id AND n.made_at > o.agreed_due_at
        WHERE o.due AND NOT o.kept
    ) AS counted
FROM promise AS p
JOIN customer_step AS s ON s.position = p.made_position
WHERE s.type = 'commitment.made';

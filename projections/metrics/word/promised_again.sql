-- The same word given again where it was not kept before, on the same journey.
SELECT
    p.*,
    p.made_at AS at,
    EXISTS (
        SELECT 1 FROM promise_in_journey AS o
        WHERE o.journey_id = j.journey_id AND o.about = p.about
            AND o.commitment_id <> p.commitment_id
            AND o.due AND NOT o.kept AND o.agreed_due_at < p.made_at
    ) AS counted
FROM promise AS p
JOIN promise_in_journey AS j ON j.commitment_id = p.commitment_id;

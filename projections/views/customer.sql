-- One row a customer, under the canonical name: how much is known, from when to when.
CREATE TABLE customer AS
SELECT
    s.customer,
    count(DISTINCT s.subject) AS parties,
    min(s.time) AS first_at,
    max(s.time) AS last_at,
    count(*) AS facts,
    count(DISTINCT s.journey_id) AS journeys,
    sum(CASE WHEN s.journey_id IS NULL THEN 1 ELSE 0 END) AS loose
FROM (
    SELECT c.customer, f.subject, f.time, j.journey_id
    FROM customer_fact AS c
    JOIN fact AS f ON f.position = c.position
    LEFT JOIN journey_step AS j ON j.position = c.position
) AS s
GROUP BY s.customer;

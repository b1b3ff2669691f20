-- One row a customer, under the canonical name: how much is known, from when to when. Facts that
-- touch no business object are loose: they are in no journey.
CREATE TABLE customer AS
SELECT
    c.customer,
    min(c.time) AS first_at,
    max(c.time) AS last_at,
    count(*) AS facts,
    count(DISTINCT s.label) AS journeys,
    count(*) FILTER (WHERE s.label IS NULL) AS loose
FROM customer_fact AS c
LEFT JOIN stitched AS s ON s.n = c.n
GROUP BY c.customer;

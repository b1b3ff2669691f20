-- The facts of each customer that touch no business object, and so are in no journey.
CREATE TABLE loose_fact AS
SELECT c.customer, f.id AS fact_id, f.position, f.type, f.time, f.department
FROM customer_fact AS c
JOIN fact AS f ON f.position = c.position
WHERE c.position NOT IN (SELECT s.position FROM stitched AS s)
ORDER BY c.customer, f.time, f.id;

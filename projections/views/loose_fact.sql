-- The facts of each customer that touch no business object, and so are in no journey: n = 1, 2, 3,
-- ... in the order.
CREATE TABLE loose_fact AS
SELECT
    c.customer,
    row_number() OVER (PARTITION BY c.customer ORDER BY c.{order}) AS n,
    c.id AS fact_id, c.position, c.type, c.time, c.department
FROM customer_fact AS c
WHERE NOT EXISTS (SELECT 1 FROM stitched AS s WHERE s.n = c.n)
ORDER BY c.customer, n;

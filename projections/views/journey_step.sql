-- The facts of each journey in order. `stitched` has which facts belong together: one label a
-- customer's connected component (the work of domain/components.py).
CREATE TABLE journey_step AS
SELECT
    s.journey_id,
    s.n,
    s.id AS fact_id,
    s.position,
    s.customer,
    s.type,
    s.time,
    s.department,
    s.handover,
    s.previous_id,
    s.previous_at,
    s.previous_department,
    tou.channel,
    CASE
        WHEN s.type = 'touchpoint.occurred' THEN tou.initiated_by <> 'customer'
        WHEN s.type = 'progress.shared' THEN pro.shown_to_customer
        ELSE s.type IN ({always_signs})
    END AS sign
FROM (
    SELECT
        f.customer, f.id, f.position, f.type, f.time, f.department,
        first_value(f.id) OVER journey AS journey_id,
        row_number() OVER journey AS n,
        coalesce(lag(f.department) OVER journey <> f.department, FALSE) AS handover,
        lag(f.id) OVER journey AS previous_id,
        lag(f.time) OVER journey AS previous_at,
        lag(f.department) OVER journey AS previous_department
    FROM stitched AS t
    JOIN customer_fact AS f ON f.position = t.position
    WINDOW journey AS (PARTITION BY t.label ORDER BY f.{order})
) AS s
LEFT JOIN touchpoint_occurred AS tou ON tou.position = s.position
LEFT JOIN progress_shared AS pro ON pro.position = s.position
ORDER BY s.customer, s.journey_id, s.n;

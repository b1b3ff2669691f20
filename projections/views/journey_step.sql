-- The facts of each journey in order. `stitched` has which facts belong together: one label a
-- customer's connected component (the work of domain/components.py).
CREATE TABLE journey_step AS
SELECT
    first_value(s.id) OVER journey AS journey_id,
    row_number() OVER journey AS n,
    s.id AS fact_id,
    s.position,
    s.customer,
    s.type,
    s.time,
    s.department,
    coalesce(lag(s.department) OVER journey <> s.department, FALSE) AS handover,
    lag(s.id) OVER journey AS previous_id,
    lag(s.time) OVER journey AS previous_at,
    lag(s.department) OVER journey AS previous_department,
    max(CASE WHEN s.sign THEN s.time END) OVER (
        PARTITION BY s.label ORDER BY s.{order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS previous_sign_at,
    s.channel,
    s.sign
FROM (
    SELECT
        t.label,
        f.*,
        tou.channel,
        CASE
            WHEN f.type = 'touchpoint.occurred' THEN tou.initiated_by <> 'customer'
            WHEN f.type = 'progress.shared' THEN pro.shown_to_customer
            ELSE f.type IN ({always_signs})
        END AS sign
    FROM stitched AS t
    JOIN customer_fact AS f ON f.n = t.n
    LEFT JOIN touchpoint_occurred AS tou ON tou.position = f.position
    LEFT JOIN progress_shared AS pro ON pro.position = f.position
) AS s
WINDOW journey AS (PARTITION BY s.label ORDER BY s.{order})
ORDER BY s.customer, journey_id, n;

-- One step to the next of a journey, from department to department, the same one included.
SELECT
    CAST(d.fact_id AS VARCHAR) AS unit,
    [CAST(d.before_id AS VARCHAR), CAST(d.fact_id AS VARCHAR)] AS facts,
    d.time AS at,
    d.from_department AS "from",
    d.department AS "to",
    CAST(epoch_us(d.time) - epoch_us(d.before_at) AS DOUBLE) / 1000000 AS seconds
FROM (
    SELECT
        s.fact_id, s.time, s.department, s.n,
        lag(s.fact_id) OVER own AS before_id,
        lag(s.time) OVER own AS before_at,
        lag(s.department) OVER own AS from_department
    FROM customer_step AS s
    WINDOW own AS (PARTITION BY s.journey_id ORDER BY s.n)
) AS d
WHERE d.n > 1;

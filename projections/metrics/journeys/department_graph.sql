-- One step to the next of a journey, from department to department, the same one included.
SELECT
    CAST(s.fact_id AS VARCHAR) AS unit,
    [CAST(s.previous_id AS VARCHAR), CAST(s.fact_id AS VARCHAR)] AS facts,
    s.time AS at,
    s.previous_department AS "from",
    s.department AS "to",
    CAST(epoch_us(s.time) - epoch_us(s.previous_at) AS DOUBLE) / 1000000 AS seconds
FROM customer_step AS s
WHERE s.n > 1;

SELECT
    CAST(p.id AS VARCHAR) AS unit,
    [CAST(p.id AS VARCHAR)] AS facts,
    p.time AS at,
    p.department,
    CASE p.question WHEN 'customer_first' THEN 'a' ELSE 'b' END AS side,
    p.favourable,
    p.respondents
FROM happened AS f
JOIN pulse_taken AS p ON p.position = f.position
WHERE p.question IN ('customer_first', 'cooperation');

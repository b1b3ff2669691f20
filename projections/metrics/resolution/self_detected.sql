SELECT
    CAST(e.id AS VARCHAR) AS unit,
    [CAST(e.id AS VARCHAR)] AS facts,
    f.time AS at,
    f.department,
    e.detected_by = 'company' AS counted
FROM happened AS f
JOIN error_acknowledged AS e ON e.position = f.position
WHERE e.detected_by IN ('company', 'customer');

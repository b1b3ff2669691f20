SELECT
    CAST(p.id AS VARCHAR) AS unit,
    [CAST(p.id AS VARCHAR)] AS facts,
    f.time AS at,
    p.rule_id AS rule,
    coalesce(array_length(p.prompted_by), 0) > 0 AS counted
FROM happened AS f
JOIN rule_published AS p ON p.position = f.position
WHERE p.version > 1;

SELECT
    CAST(g.id AS VARCHAR) AS unit,
    [CAST(g.id AS VARCHAR)] AS facts,
    g.time AS at,
    f.department AS "from",
    g.to_department AS "to"
FROM happened AS f
JOIN help_given AS g ON g.position = f.position;

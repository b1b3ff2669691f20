SELECT
    CAST(g.id AS VARCHAR) AS unit,
    [CAST(g.id AS VARCHAR)] AS facts,
    f.time AS at,
    f.department,
    g.remedy,
    g.currency,
    g.amount_minor
FROM happened AS f
JOIN remedy_given AS g ON g.position = f.position;

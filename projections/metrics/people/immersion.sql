SELECT
    CAST(i.id AS VARCHAR) AS unit,
    [CAST(i.id AS VARCHAR)] AS facts,
    i.time AS at,
    i.role,
    i.days,
    i.learnings
FROM happened AS f
JOIN immersion_held AS i ON i.position = f.position;

SELECT
    CAST(p.id AS VARCHAR) AS unit,
    [CAST(p.id AS VARCHAR)] AS facts,
    p.time AS at,
    p.department,
    p.question,
    p.favourable,
    p.respondents
FROM happened AS f
JOIN pulse_taken AS p ON p.position = f.position;

SELECT
    CAST(a.id AS VARCHAR) AS unit,
    [CAST(a.id AS VARCHAR)] AS facts,
    a.time AS at,
    f.department,
    a.attitude,
    a.seen_by
FROM happened AS f
JOIN attitude_shown AS a ON a.position = f.position;

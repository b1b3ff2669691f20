SELECT
    CAST(p.id AS VARCHAR) AS unit,
    [CAST(p.id AS VARCHAR)] AS facts,
    f.time AS at,
    f.department,
    p.shown_to_customer AS counted
FROM happened AS f
JOIN progress_shared AS p ON p.position = f.position;

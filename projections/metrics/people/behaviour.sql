-- What a department was praised or warned for.
SELECT
    CAST(b.id AS VARCHAR) AS unit,
    [CAST(b.id AS VARCHAR)] AS facts,
    b.time AS at,
    b.behaviour,
    b.to_department AS department
FROM happened AS f
JOIN {type} AS b ON b.position = f.position;

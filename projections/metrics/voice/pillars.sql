SELECT
    CAST(t.id AS VARCHAR) AS unit,
    [CAST(t.id AS VARCHAR)] AS facts,
    t.time AS at,
    t.coder,
    t.pillar,
    t.praise
FROM happened AS f
JOIN pillar_tagged AS t ON t.position = f.position;

-- What was declined beside what was promised, each under the department that said so.
SELECT
    CAST(d.id AS VARCHAR) AS unit,
    [CAST(d.id AS VARCHAR)] AS facts,
    f.time AS at,
    f.department,
    d.about,
    TRUE AS counted
FROM happened AS f
JOIN commitment_declined AS d ON d.position = f.position
UNION ALL
SELECT
    p.unit,
    [CAST(p.made_id AS VARCHAR)] AS facts,
    p.made_at AS at,
    split_part(m.source, '/', 2) AS department,
    p.about,
    FALSE AS counted
FROM promise AS p
JOIN commitment_made AS m ON m.position = p.made_position;

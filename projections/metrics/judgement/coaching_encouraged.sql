SELECT
    CAST(c.id AS VARCHAR) AS unit,
    [CAST(c.id AS VARCHAR)] AS facts,
    f.time AS at,
    c.about_department AS department,
    c.rule_id AS rule,
    c.encouraged AS counted
FROM happened AS f
JOIN coaching_held AS c ON c.position = f.position;

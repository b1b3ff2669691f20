SELECT
    p.*,
    p.agreed_due_at AS at,
    p.owner AS "from",
    CASE
        WHEN starts_with(p.made_to, 'department:') THEN substr(p.made_to, length('department:') + 1)
        ELSE p.made_to
    END AS "to"
FROM promise AS p
WHERE p.due AND p.internal;

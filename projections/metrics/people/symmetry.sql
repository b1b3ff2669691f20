SELECT
    p.*,
    p.agreed_due_at AS at,
    CASE WHEN starts_with(p.made_to, 'staff:') THEN 'a' ELSE 'b' END AS side,
    p.kept AS counted
FROM promise AS p
WHERE p.due AND (starts_with(p.made_to, 'staff:') OR starts_with(p.made_to, 'customer:'));

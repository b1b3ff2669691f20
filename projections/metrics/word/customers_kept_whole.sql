SELECT
    w.customer AS unit,
    array_agg(CAST(w.made_id AS VARCHAR) ORDER BY w.made_at, w.made_id) FILTER (WHERE w.listed)
        AS facts,
    max(w.agreed_due_at) AS at,
    count(*) FILTER (WHERE NOT w.kept) = 0 AS counted
FROM (
    SELECT q.*, q.customer IN (SELECT l.unit FROM listed AS l) AS listed
    FROM (
        SELECT
            coalesce(k.customer, p.subject) AS customer,
            p.made_id, p.made_at, p.agreed_due_at, p.kept
        FROM promise AS p
        LEFT JOIN known_as AS k ON k.party = p.subject
        WHERE p.due
    ) AS q
) AS w
WHERE w.{of_a_customer}
GROUP BY w.customer;

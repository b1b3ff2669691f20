-- The issues that are not resolved, with the outstanding promises that name them or that they are
-- about.
SELECT
    i.*,
    i.issue_id AS unit,
    CASE
        WHEN p.issue_id IS NULL THEN [CAST(i.opened_id AS VARCHAR)]
        ELSE [CAST(i.opened_id AS VARCHAR)] || p.facts
    END AS facts,
    i.opened_at AS at,
    p.issue_id IS NULL AS counted
FROM issue AS i
JOIN issue_step AS s ON s.issue_id = i.issue_id
LEFT JOIN (
    SELECT o.issue_id, array_agg(CAST(o.made_id AS VARCHAR) ORDER BY o.made_id) AS facts
    FROM (
        SELECT substr(r.ref, length('issue:') + 1) AS issue_id, r.made_id
        FROM (
            SELECT c.made_id, unnest(m.refs) AS ref
            FROM standing AS c
            JOIN commitment_made AS m ON m.position = c.made_position
            WHERE c.state IN ('open', 'disputed')
        ) AS r
        WHERE starts_with(r.ref, 'issue:')
        UNION
        SELECT b.issue_id, c.made_id
        FROM issue AS b
        JOIN standing AS c ON c.commitment_id = b.about_commitment_id
        WHERE c.state IN ('open', 'disputed')
    ) AS o
    GROUP BY o.issue_id
) AS p ON p.issue_id = i.issue_id
WHERE s.step_at <= $as_of AND (s.until IS NULL OR s.until > $as_of) AND NOT s.resolved;

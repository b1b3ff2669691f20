-- Alerts with the first fact after each, of the department alerted, that names the same issue or
-- commitment.
SELECT
    CAST(a.id AS VARCHAR) AS unit,
    CASE
        WHEN a.response_id IS NULL THEN [CAST(a.id AS VARCHAR)]
        ELSE [CAST(a.id AS VARCHAR), CAST(a.response_id AS VARCHAR)]
    END AS facts,
    a.time AS at,
    a."to",
    a.reason,
    a.time AS started_at,
    a.response_at AS ended_at
FROM (
    SELECT
        q.id, q.time, q.department AS "to", q.reason,
        r.id AS response_id,
        r.time AS response_at,
        row_number() OVER (PARTITION BY q.id ORDER BY r.{order}) AS nth
    FROM (
        SELECT n.{order}, n.kind, n.named, l.to_department AS department, l.reason
        FROM naming AS n
        JOIN alert_raised AS l ON l.position = n.position
    ) AS q
    LEFT JOIN naming AS r ON r.kind = q.kind AND r.named = q.named
        AND r.department = q.department AND (r.{order}) > (q.{order})
) AS a
WHERE a.nth = 1;

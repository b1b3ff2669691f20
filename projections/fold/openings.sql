-- name: steps
-- Each fact that names a touched issue, payment, decision or entitlement which some fact opens:
-- n = 1 is the opening, behind it stands what sorts before it, then the rest.
INSERT INTO step
WITH naming AS (
    SELECT 'issue' AS kind, n.issue_id AS about, n.position, n.type, n.{order},
        n.department, n.type = 'issue.opened' AS opens
    FROM named AS n
    JOIN touched_issue AS t ON t.issue_id = n.issue_id
    UNION ALL
    SELECT 'payment' AS kind, n.payment_id AS about, n.position, n.type, n.{order},
        n.department, n.type = 'payment.captured' AS opens
    FROM named AS n
    JOIN touched_payment AS t ON t.payment_id = n.payment_id
    UNION ALL
    SELECT 'decision' AS kind, n.decision_id AS about, n.position, n.type, n.{order},
        n.department, n.type = 'discretion.used' AS opens
    FROM named AS n
    JOIN touched_decision AS t ON t.decision_id = n.decision_id
    UNION ALL
    SELECT 'entitlement' AS kind, n.entitlement_id AS about, n.position, n.type, n.{order},
        n.department, coalesce(c.outcome IN ('not_found', 'refused'), FALSE) AS opens
    FROM named AS n
    JOIN touched_entitlement AS t ON t.entitlement_id = n.entitlement_id
    LEFT JOIN entitlement_checked AS c ON c.position = n.position
),
ordered AS MATERIALIZED (
    SELECT f.kind, f.about, f.position, f.id, f.type, f.time, f.department, f.opens,
        row_number() OVER (PARTITION BY f.kind, f.about ORDER BY f.{order}) AS nth
    FROM naming AS f
),
opening AS (
    SELECT f.kind, f.about, min(f.nth) AS nth, min(f.time) AS opened_at
    FROM ordered AS f
    WHERE f.opens
    GROUP BY f.kind, f.about
)
SELECT
    f.kind, f.about,
    CASE WHEN f.nth = o.nth THEN 1 WHEN f.nth < o.nth THEN f.nth + 1 ELSE f.nth END AS n,
    f.id, f.position, f.type, f.time, greatest(f.time, o.opened_at) AS step_at, f.department
FROM ordered AS f
JOIN opening AS o ON o.kind = f.kind AND o.about = f.about;

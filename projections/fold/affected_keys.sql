-- name: undated_by_policy
SELECT m.commitment_id
FROM commitment_made AS m
WHERE m.due_at IS NULL AND m.about IN (
    SELECT p.about
    FROM policy_published AS p
    JOIN fresh AS f ON f.position = p.position
    UNION ALL
    SELECT p.about
    FROM policy_published AS p
    JOIN calendar_published AS c ON c.calendar_id = p.calendar_id
    JOIN fresh AS f ON f.position = c.position
);

-- name: issues_under_policy
SELECT o.issue_id
FROM issue_opened AS o
WHERE EXISTS (
    SELECT 1
    FROM policy_published AS p
    WHERE p.about IN ('issue.acknowledged', 'issue.answered')
        AND p.regime IS NOT DISTINCT FROM o.regime
        AND (
            p.position IN (SELECT f.position FROM fresh AS f)
            OR p.calendar_id IN (
                SELECT c.calendar_id
                FROM calendar_published AS c
                JOIN fresh AS f ON f.position = c.position
            )
        )
);

-- name: commitments_of_touched_parties
SELECT c.commitment_id
FROM commitment AS c
JOIN touched_party AS t ON t.party = c.subject;

-- name: rules
-- Policies and calendars by the id of the fact, and the policies that go by such a calendar.
SELECT f.id
FROM {facts} AS f
WHERE f.type IN ('policy.published', 'calendar.published')
UNION ALL
SELECT p.id
FROM policy_published AS p
JOIN calendar_published AS c ON c.calendar_id = p.calendar_id
JOIN {facts} AS f ON f.position = c.position;

-- name: issues_of_touched_parties
SELECT i.issue_id
FROM issue AS i
JOIN touched_party AS t ON t.party = i.subject;

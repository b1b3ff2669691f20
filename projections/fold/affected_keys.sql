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

-- name: of_touched_parties
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

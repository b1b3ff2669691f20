-- One row an entitlement that was doubted: by its first adverse check.
CREATE TABLE entitlement AS
SELECT
    s.about AS entitlement_id,
    c.subject,
    s.department,
    c.rule_id,
    c.outcome,
    s.id AS opened_id,
    s.position AS opened_position,
    s.time AS opened_at
FROM step AS s
JOIN entitlement_checked AS c ON c.position = s.position
WHERE s.kind = 'entitlement' AND s.n = 1
ORDER BY s.about;

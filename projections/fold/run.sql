-- name: fresh
INSERT INTO fresh
SELECT
    f.position, f.id, f.type, f.subject,
    f.commitment_id, f.issue_id, f.decision_id, f.payment_id, f.entitlement_id
FROM fact AS f;

-- name: changed
-- As `fresh`, for facts that went out of force or came back.
JOIN changed AS c ON c.fact_id = f.id
WHERE NOT EXISTS (SELECT 1 FROM fresh AS own WHERE own.position = f.position);

-- name: naming
SELECT
    f.position, f.id, f.type, f.time, f.sequence_number, f.place, f.department,
    f.commitment_id, f.issue_id, f.decision_id, f.payment_id, f.entitlement_id
FROM {table} AS t
JOIN fact AS f ON f.{key} = t.{column}
WHERE NOT EXISTS (SELECT 1 FROM retracted AS r WHERE r.fact_id = f.id);

-- What was said of each entitlement that was doubted, one row a fact in force, from the first
-- adverse check on, as in issue_step. Said before there was one, a word clears nothing.
CREATE TABLE entitlement_step AS
WITH
clearing AS (
    SELECT s.about, min(s.n) AS n
    FROM step AS s
    WHERE s.kind = 'entitlement' AND s.type = 'suspicion.cleared' AND s.time = s.step_at
    GROUP BY s.about
)
SELECT
    s.about AS entitlement_id, s.n, s.id AS fact_id, s.position, s.type, s.time, s.step_at,
    s.department, che.outcome,
    coalesce(s.n = c.n, FALSE) AS clears
FROM step AS s
LEFT JOIN clearing AS c ON c.about = s.about
LEFT JOIN entitlement_checked AS che ON che.position = s.position
WHERE s.kind = 'entitlement'
ORDER BY s.about, s.n;

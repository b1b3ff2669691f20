-- What was said of each decision, one row a fact in force, from its use on, as in issue_step.
CREATE TABLE decision_step AS
SELECT
    s.about AS decision_id, s.n, s.id AS fact_id, s.position, s.type, s.time, s.step_at, s.department,
    rev.outcome,
    row_number() OVER (PARTITION BY s.about, s.type ORDER BY s.n) = 1 AS first_of_type
FROM step AS s
LEFT JOIN discretion_reviewed AS rev ON rev.position = s.position
WHERE s.kind = 'decision'
ORDER BY s.about, s.n;

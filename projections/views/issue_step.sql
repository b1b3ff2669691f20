-- What was said of each issue, one row a fact in force, from its opening on. A fact that is earlier
-- than the opening counts as at the opening, so that `step_at <= as_of` leaves what was so at any
-- instant; the row that held then is the last of these, with `until` null or later.
CREATE TABLE issue_step AS
SELECT
    s.about AS issue_id, s.n, s.id AS fact_id, s.position, s.type, s.time, s.step_at, s.department,
    tou.initiated_by, ans.final, ans.outcome, esc.level,
    row_number() OVER (PARTITION BY s.about, s.type, ans.final ORDER BY s.n) = 1 AS first_of_type,
    coalesce(
        max(CASE WHEN s.type = 'issue.resolved' THEN s.n END) OVER so_far
        > coalesce(max(CASE WHEN s.type = 'issue.reopened' THEN s.n END) OVER so_far, 0),
        FALSE
    ) AS resolved,
    lead(s.step_at) OVER so_far AS until
FROM step AS s
LEFT JOIN touchpoint_occurred AS tou ON tou.position = s.position
LEFT JOIN issue_answered AS ans ON ans.position = s.position
LEFT JOIN issue_escalated AS esc ON esc.position = s.position
WHERE s.kind = 'issue'
WINDOW so_far AS (PARTITION BY s.about ORDER BY s.n ROWS UNBOUNDED PRECEDING)
ORDER BY s.about, s.n;

-- One issue may have gone to several levels.
SELECT i.*, i.opened_at AS at, e.levels
FROM opened_issue AS i
JOIN (
    SELECT s.issue_id, array_agg(DISTINCT s.level ORDER BY s.level) AS levels
    FROM issue_step AS s
    WHERE s.type = 'issue.escalated' AND s.step_at <= $as_of
    GROUP BY s.issue_id
) AS e ON e.issue_id = i.issue_id;

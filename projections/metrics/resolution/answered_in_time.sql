SELECT
    i.*,
    i.answer_due_at AS at,
    EXISTS (
        SELECT 1 FROM issue_step AS s
        WHERE s.issue_id = i.issue_id AND s.step_at <= i.answer_due_at
            AND s.type = 'issue.answered' AND s.final
    ) AS counted
FROM opened_issue AS i
WHERE i.answer_due_at < $as_of;

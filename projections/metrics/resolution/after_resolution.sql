-- What was said of it after it was first resolved.
SELECT
    i.*,
    i.resolved_at AS at,
    i.resolved_at AS started_at,
    EXISTS (
        SELECT 1 FROM issue_step AS s
        WHERE s.issue_id = i.issue_id AND s.step_at <= $as_of
            AND s.type = '{type}' AND s.n > i.resolved_n
            AND epoch_us(s.step_at) <= epoch_us(i.resolved_at) + $within
    ) AS counted
FROM opened_issue AS i
WHERE i.resolved_at IS NOT NULL;

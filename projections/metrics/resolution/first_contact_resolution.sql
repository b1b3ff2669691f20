-- Its time runs from when it was first resolved or, while it never was, from its opening.
SELECT
    i.*,
    i.opened_at AS at,
    coalesce(i.resolved_at, i.opened_at) AS started_at,
    i.resolved_at IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM issue_step AS s
        WHERE s.issue_id = i.issue_id AND s.step_at <= $as_of AND s.time > i.opened_at
            AND epoch_us(s.time) <= epoch_us(i.resolved_at) + $within
            AND (
                s.type IN ('issue.reopened', 'customer.chased')
                OR (s.type = 'touchpoint.occurred' AND s.initiated_by = 'customer')
            )
    ) AS counted
FROM opened_issue AS i;

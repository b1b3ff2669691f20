-- name: issues_under_policy
-- The touched issues that some policy is about, with what it goes by.
SELECT o.issue_id, o.id, epoch_us(o.time), epoch_us(o.sent_at), o.regime, o.labels
FROM named AS n
JOIN touched_issue AS t ON t.issue_id = n.issue_id
JOIN issue_opened AS o ON o.position = n.position
WHERE EXISTS (
    SELECT 1
    FROM policy_published AS p
    WHERE p.about IN ('issue.acknowledged', 'issue.answered')
        AND p.regime IS NOT DISTINCT FROM o.regime
);

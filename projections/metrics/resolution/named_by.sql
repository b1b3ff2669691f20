-- The issues that a fact of a type names.
SELECT
    i.*,
    i.opened_at AS at,
    EXISTS (
        SELECT 1 FROM issue_step AS s
        WHERE s.issue_id = i.issue_id AND s.step_at <= $as_of AND s.type = '{type}'
    ) AS counted
FROM opened_issue AS i;

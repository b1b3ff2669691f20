SELECT
    CAST(r.id AS VARCHAR) AS unit,
    [CAST(r.id AS VARCHAR)] AS facts,
    f.time AS at,
    f.department,
    r.rule_id AS rule,
    NOT r.next_step_offered AS counted
FROM happened AS f
JOIN rule_invoked AS r ON r.position = f.position;

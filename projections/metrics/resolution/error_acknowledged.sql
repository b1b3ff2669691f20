SELECT
    i.department, i.topic, i.channel, i.complaint, i.regime, i.labels,
    CAST(s.fact_id AS VARCHAR) AS unit,
    [CAST(i.opened_id AS VARCHAR), CAST(s.fact_id AS VARCHAR)] AS facts,
    s.step_at AS at,
    e.detected_by,
    CAST(epoch_us(s.step_at) - epoch_us(i.opened_at) AS DOUBLE) / 1000000 AS number
FROM opened_issue AS i
JOIN issue_step AS s ON s.issue_id = i.issue_id
JOIN error_acknowledged AS e ON e.position = s.position
WHERE s.first_of_type AND s.step_at <= $as_of;

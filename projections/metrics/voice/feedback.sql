-- What customers answered to one question; kept whole is the journey that the answer is part of.
SELECT
    CAST(g.id AS VARCHAR) AS unit,
    [CAST(g.id AS VARCHAR)] AS facts,
    g.time AS at,
    f.department,
    w.kept_whole,
    g.formula,
    g.score,
    g.scale_min,
    g.scale_max
FROM happened AS f
JOIN feedback_given AS g ON g.position = f.position
LEFT JOIN customer_step AS s ON s.position = g.position
LEFT JOIN journey_kept_whole AS w ON w.journey_id = s.journey_id
WHERE g.question = '{question}';

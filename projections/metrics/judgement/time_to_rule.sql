-- From the first time that no rule fitted a situation to the first rule after it that names the
-- situation. Of each kind only the first counts.
SELECT
    w.situation AS unit,
    array_agg(CAST(w.id AS VARCHAR) ORDER BY w.rules) AS facts,
    min(w.time) FILTER (WHERE NOT w.rules) AS at,
    min(w.time) FILTER (WHERE NOT w.rules) AS started_at,
    min(w.time) FILTER (WHERE w.rules) AS ended_at
FROM (
    SELECT
        e.situation, e.id, e.time, e.rules,
        row_number() OVER (PARTITION BY e.situation, e.rules ORDER BY e.{order}) AS nth
    FROM (
        SELECT
            s.*,
            sum(CASE WHEN s.rules THEN 0 ELSE 1 END) OVER (
                PARTITION BY s.situation ORDER BY s.{order} ROWS UNBOUNDED PRECEDING
            ) AS unmatched
        FROM (
            SELECT f.id, f.time, f.sequence_number, f.place, u.situation, FALSE AS rules
            FROM happened AS f
            JOIN rule_unmatched AS u ON u.position = f.position
            UNION ALL
            SELECT
                f.id, f.time, f.sequence_number, f.place,
                unnest(p.prompted_by) AS situation,
                TRUE AS rules
            FROM happened AS f
            JOIN rule_published AS p ON p.position = f.position
        ) AS s
    ) AS e
    WHERE e.unmatched > 0
) AS w
WHERE w.nth = 1
GROUP BY w.situation;

-- What was tagged by a person, by a program or by both, with the first tag of each.
SELECT
    t.item AS unit,
    array_agg(CAST(t.id AS VARCHAR) ORDER BY t.{order}) AS facts,
    min(t.time) AS at,
    max(t.pillar) FILTER (WHERE t.coder = 'person') AS by_hand,
    max(t.pillar) FILTER (WHERE t.coder = 'program') AS by_program
FROM (
    SELECT
        f.{order}, p.coder, p.pillar,
        coalesce(p.feedback_id, p.fact_id) AS item,
        row_number() OVER (
            PARTITION BY coalesce(p.feedback_id, p.fact_id), p.coder ORDER BY f.{order}
        ) AS nth
    FROM happened AS f
    JOIN pillar_tagged AS p ON p.position = f.position
    WHERE p.coder IN ('person', 'program')
) AS t
WHERE t.nth = 1 AND t.item IS NOT NULL
GROUP BY t.item;

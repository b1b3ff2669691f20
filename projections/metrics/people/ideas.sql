-- Ideas with what became of them, whether before or after they were proposed.
SELECT
    s.idea_id AS unit,
    array_agg(CAST(s.id AS VARCHAR) ORDER BY s.{order}) FILTER (WHERE s.nth = 1 OR s.last)
        AS facts,
    min(s.time) FILTER (WHERE s.what = 'proposed') AS at,
    max(s.topic) FILTER (WHERE s.what = 'proposed' AND s.nth = 1) AS topic,
    TRUE AS proposed,
    count(*) FILTER (WHERE s.what = 'decided') > 0 AS decided,
    count(*) FILTER (WHERE s.what = 'decided' AND s.last AND s.accepted) > 0 AS accepted,
    count(*) FILTER (WHERE s.what = 'implemented') > 0 AS implemented,
    count(*) FILTER (WHERE s.what = 'answered') > 0 AS answered,
    min(s.time) FILTER (WHERE s.what = 'proposed') AS started_at,
    coalesce(
        epoch_us(min(s.time) FILTER (WHERE s.what = 'answered'))
        <= epoch_us(min(s.time) FILTER (WHERE s.what = 'proposed')) + $within,
        FALSE
    ) AS counted
FROM (
    SELECT
        o.*,
        row_number() OVER own AS nth,
        lead(o.id) OVER own IS NULL AS last
    FROM (
        SELECT h.{order}, p.idea_id, 'proposed' AS what, p.topic, FALSE AS accepted
        FROM happened AS h
        JOIN idea_proposed AS p ON p.position = h.position
        UNION ALL
        SELECT h.{order}, d.idea_id, 'decided' AS what, NULL AS topic, d.accepted
        FROM happened AS h
        JOIN idea_decided AS d ON d.position = h.position
        UNION ALL
        SELECT h.{order}, i.idea_id, 'implemented' AS what, NULL AS topic, FALSE AS accepted
        FROM happened AS h
        JOIN idea_implemented AS i ON i.position = h.position
        UNION ALL
        SELECT h.{order}, a.idea_id, 'answered' AS what, NULL AS topic, FALSE AS accepted
        FROM happened AS h
        JOIN idea_answered AS a ON a.position = h.position
    ) AS o
    WINDOW own AS (PARTITION BY o.idea_id, o.what ORDER BY o.{order})
) AS s
GROUP BY s.idea_id
HAVING count(*) FILTER (WHERE s.what = 'proposed') > 0;

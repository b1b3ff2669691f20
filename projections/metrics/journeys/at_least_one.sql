-- The journeys in which it happened at least once, with the facts by which it did.
SELECT
    j.journey_id, j.unit, j.at, j.department, j.conducted,
    coalesce(seen.facts, j.facts) AS facts,
    j.{figure} > 0 AS counted
FROM customer_journey AS j
LEFT JOIN (
    SELECT s.journey_id, array_agg(CAST(s.fact_id AS VARCHAR) ORDER BY s.n) AS facts
    FROM journey_step AS s
    WHERE s.journey_id IN (SELECT CAST(l.unit AS UUID) FROM listed AS l)
        AND (s.n = 1 OR s.type = '{type}')
    GROUP BY s.journey_id
) AS seen ON seen.journey_id = j.journey_id;

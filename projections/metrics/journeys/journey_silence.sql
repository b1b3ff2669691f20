-- The longest time without a sign of the company, within the stretches in which at least one promise
-- was open: at each instant back to the last sign, or to where the stretch began. A stretch that took
-- no time is a silence of 0.
SELECT j.*, CAST(q.silence AS DOUBLE) / 1000000 AS number
FROM customer_journey AS j
JOIN (
    SELECT
        r.journey_id,
        max(CASE
            WHEN r.open_before > 0 THEN epoch_us(r.instant) - epoch_us(r.last_point) ELSE 0
        END) AS silence
    FROM (
        SELECT
            e.journey_id, e.instant, e.starts, e.open_before,
            max(CASE WHEN e.signs > 0 OR (e.open_before = 0 AND e.starts > 0) THEN e.instant END) OVER (
                PARTITION BY e.journey_id ORDER BY e.instant
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS last_point
        FROM (
            SELECT
                g.*,
                sum(g.starts - g.ends) OVER (
                    PARTITION BY g.journey_id ORDER BY g.instant ROWS UNBOUNDED PRECEDING
                ) - g.starts + g.ends AS open_before
            FROM (
                SELECT
                    o.journey_id, o.time AS instant,
                    sum(o.starts) AS starts, sum(o.ends) AS ends, sum(o.signs) AS signs
                FROM sign_or_turn AS o
                GROUP BY o.journey_id, o.time
            ) AS g
        ) AS e
    ) AS r
    WHERE r.open_before > 0 OR r.starts > 0
    GROUP BY r.journey_id
) AS q ON q.journey_id = j.journey_id;

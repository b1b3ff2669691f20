-- The longest time without a sign of the company, within the stretches in which at least one promise
-- was open: from each sign in a stretch, and from its end, back to the sign before, or to where the
-- stretch began. A stretch that took no time is a silence of 0.
SELECT j.*, CAST(q.silence AS DOUBLE) / 1000000 AS number
FROM customer_journey AS j
JOIN (
    SELECT
        g.journey_id,
        max(greatest(
            coalesce(g.between_signs, 0),
            epoch_us(g.ended_at) - epoch_us(coalesce(g.last_sign_at, g.began_at))
        )) AS silence
    FROM (
        SELECT
            o.journey_id, o.began_at, o.ended_at,
            max(s.time) AS last_sign_at,
            max(
                epoch_us(s.time) - epoch_us(greatest(s.previous_sign_at, o.began_at))
            ) AS between_signs
        FROM open_stretch AS o
        LEFT JOIN journey_step AS s ON s.journey_id = o.journey_id AND s.sign
            AND s.time > o.began_at AND s.time <= o.ended_at
        GROUP BY o.journey_id, o.began_at, o.ended_at
    ) AS g
    GROUP BY g.journey_id
) AS q ON q.journey_id = j.journey_id;

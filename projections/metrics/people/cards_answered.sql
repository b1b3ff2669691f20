-- A card says itself when it was answered, or the first fact that names it does.
SELECT
    CAST(c.id AS VARCHAR) AS unit,
    CASE
        WHEN a.id IS NULL THEN [CAST(c.id AS VARCHAR)]
        ELSE [CAST(c.id AS VARCHAR), CAST(a.id AS VARCHAR)]
    END AS facts,
    c.time AS at,
    c.behaviour,
    c.to_department AS department,
    c.time AS started_at,
    coalesce(
        epoch_us(least(c.answered_at, a.time)) <= epoch_us(c.time) + $within,
        FALSE
    ) AS counted
FROM happened AS f
JOIN yellow_card_raised AS c ON c.position = f.position
LEFT JOIN (
    SELECT
        y.id, y.time, lower(y.card) AS card,
        row_number() OVER (PARTITION BY lower(y.card) ORDER BY h.{order}) AS nth
    FROM happened AS h
    JOIN yellow_card_answered AS y ON y.position = h.position
) AS a ON a.card = CAST(c.id AS VARCHAR) AND a.nth = 1;

-- A cause comes back by the first issue that is opened after its correction and is put down to it,
-- whenever that was said.
SELECT
    CAST(c.id AS VARCHAR) AS unit,
    CASE
        WHEN a.id IS NULL THEN [CAST(c.id AS VARCHAR)]
        ELSE [CAST(c.id AS VARCHAR), CAST(a.id AS VARCHAR), CAST(a.said_id AS VARCHAR)]
    END AS facts,
    c.time AS at,
    c.time AS started_at,
    c.cause,
    coalesce(epoch_us(a.time) <= epoch_us(c.time) + $within, FALSE) AS counted
FROM cause_turn AS c
LEFT JOIN cause_turn AS a ON a.cause = c.cause AND a.nth = c.again_n
WHERE c.corrects;

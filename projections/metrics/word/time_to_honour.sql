-- Those that are disputed were honoured too, until somebody finds otherwise.
SELECT
    p.*,
    p.made_at AS at,
    CASE
        WHEN p.state IN ('honoured', 'disputed') THEN 'honoured'
        ELSE p.state
    END AS fate,
    CAST(
        epoch_us(coalesce(p.honoured_at, p.released_at, p.abandoned_at, $as_of))
        - epoch_us(p.made_at)
        AS DOUBLE
    ) / 1000000 AS seconds
FROM promise AS p;

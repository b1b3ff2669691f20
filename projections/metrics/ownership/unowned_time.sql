-- How long each promise was outstanding, and how much of it without an owner, in microseconds; only
-- the time in the window counts.
SELECT
    p.unit,
    p.facts,
    CAST(NULL AS TIMESTAMPTZ) AS at,
    p.about,
    coalesce(t.part, 0) AS part,
    coalesce(t.whole, 0) AS whole
FROM promise AS p
LEFT JOIN (
    SELECT
        s.commitment_id,
        sum(CASE WHEN s.owner IS NULL THEN s.length ELSE 0 END) AS part,
        sum(s.length) AS whole
    FROM (
        SELECT
            h.commitment_id, h.owner,
            greatest(
                0,
                epoch_us(least(h.until, $as_of, $to)) - epoch_us(greatest(h.step_at, $from))
            ) AS length
        FROM commitment_history AS h
        WHERE h.step_at <= $as_of AND h.state IN ('open', 'disputed')
    ) AS s
    GROUP BY s.commitment_id
) AS t ON t.commitment_id = p.commitment_id;

-- How many days of 24 hours after the agreed date in force just before: day 0 ends at that date.
SELECT d.*
FROM (
    SELECT
        s.unit,
        s.facts,
        s.at,
        p.department,
        p.about,
        s.what,
        CAST(ceil(
            CAST(epoch_us(s.at) - epoch_us(s.agreed_before) AS DOUBLE) / 86400000000
        ) AS INTEGER) AS day
    FROM (
        SELECT m.unit, m.facts, m.at, m.commitment_id, m.agreed_before, 'moved' AS what
        FROM moved AS m
        WHERE NOT m.consent
        UNION ALL
        SELECT
            CAST(h.fact_id AS VARCHAR) AS unit,
            [CAST(h.fact_id AS VARCHAR)] AS facts,
            h.time AS at,
            h.commitment_id,
            b.agreed_due_at AS agreed_before,
            h.state AS what
        FROM commitment_history AS h
        JOIN commitment_history AS b ON b.commitment_id = h.commitment_id AND b.n = h.n - 1
        WHERE h.step_at <= $as_of
            AND h.type IN ('commitment.honoured', 'commitment.released', 'commitment.abandoned')
            AND h.state <> h.state_before
    ) AS s
    JOIN promise AS p ON p.commitment_id = s.commitment_id
) AS d
WHERE d.day BETWEEN -6 AND 7;

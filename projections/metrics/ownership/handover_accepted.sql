-- Each hand-over that proposed another department, with what came of it: the next one, or that
-- somebody accepted.
SELECT
    CAST(p.fact_id AS VARCHAR) AS unit,
    CASE
        WHEN p.taken THEN [CAST(p.fact_id AS VARCHAR), CAST(p.next_id AS VARCHAR)]
        ELSE [CAST(p.fact_id AS VARCHAR)]
    END AS facts,
    p.time AS at,
    p.previous_owner AS "from",
    p.proposed_owner AS "to",
    c.about,
    p.time AS started_at,
    p.taken AND epoch_us(p.next_time) <= epoch_us(p.time) + $within AS counted
FROM (
    SELECT
        s.*,
        coalesce(s.next_type = 'commitment.accepted' AND s.next_department = s.proposed_owner, FALSE)
            AS taken
    FROM (
        SELECT
            h.commitment_id, h.fact_id, h.type, h.time, h.previous_owner, h.proposed_owner,
            lead(h.fact_id) OVER own AS next_id,
            lead(h.type) OVER own AS next_type,
            lead(h.time) OVER own AS next_time,
            lead(h.department) OVER own AS next_department
        FROM commitment_history AS h
        WHERE h.step_at <= $as_of AND h.applied
            AND h.type IN ('commitment.handed_over', 'commitment.accepted')
        WINDOW own AS (PARTITION BY h.commitment_id ORDER BY h.n)
    ) AS s
) AS p
JOIN commitment AS c ON c.commitment_id = p.commitment_id
WHERE p.type = 'commitment.handed_over';

-- name: balance
-- The accounts of commitments; what follows sums them up.
WITH step AS (
    SELECT
        h.commitment_id, h.state_before, h.state,
        h.step_at > $from AS within,
        h.state IN ('open', 'disputed') AS open_after,
        coalesce(h.state_before IN ('open', 'disputed'), FALSE) AS open_before,
        h.until IS NULL OR h.until > $to AS last,
        h.step_at <= $from AND (h.until IS NULL OR h.until > $from) AS first
    FROM commitment_history AS h
    WHERE h.step_at <= $to
),
account AS (
    SELECT
        s.commitment_id,
        count(*) FILTER (WHERE s.first AND s.open_after) AS opening,
        count(*) FILTER (WHERE s.within AND s.state_before IS NULL) AS made,
        count(*) FILTER (
            WHERE s.within AND s.state_before <> s.state AND NOT s.open_before
        ) AS reopened,
        count(*) FILTER (
            WHERE s.within AND s.state_before <> s.state AND s.state = 'honoured'
        ) AS honoured,
        count(*) FILTER (
            WHERE s.within AND s.state_before <> s.state AND s.state = 'released'
        ) AS released,
        count(*) FILTER (
            WHERE s.within AND s.state_before <> s.state AND s.state = 'abandoned'
        ) AS abandoned,
        count(*) FILTER (WHERE s.last AND s.open_after) AS closing
    FROM step AS s
    GROUP BY s.commitment_id
),
owned AS (
    SELECT a.*, h.owner, c.about
    FROM account AS a
    JOIN commitment AS c ON c.commitment_id = a.commitment_id
    JOIN commitment_history AS h ON h.commitment_id = a.commitment_id
        AND h.step_at <= $to AND (h.until IS NULL OR h.until > $to)
)

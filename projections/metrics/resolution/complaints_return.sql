-- What each complaint adds to the return of a period, and each remedy that was paid for one in it.
-- What adds nothing is not listed.
SELECT r.*
FROM (
    SELECT
        c.unit, c.facts, c.opened_at AS at, c.regime, c.topic,
        c.opened_at <= $from AND coalesce(c.closed_at > $from, TRUE) AS open_at_start,
        c.opened_at > $from AND c.opened_at <= $to AS opened,
        coalesce(c.closed AND c.days <= 28, FALSE) AS closed_4_weeks,
        coalesce(c.closed AND c.days > 28 AND c.days <= 56, FALSE) AS closed_8_weeks,
        coalesce(c.closed AND c.days > 56, FALSE) AS closed_later,
        coalesce(c.closed AND c.outcome IN ('upheld', 'partly_upheld'), FALSE) AS upheld,
        c.opened_at <= $to AND coalesce(c.closed_at > $to, TRUE) AS open_at_end,
        CAST(NULL AS VARCHAR) AS currency,
        CAST(NULL AS BIGINT) AS amount_minor
    FROM (
        SELECT
            i.*,
            s.step_at AS closed_at,
            s.outcome,
            s.step_at > $from AND s.step_at <= $to AS closed,
            CAST(epoch_us(s.step_at) - epoch_us(i.opened_at) AS DOUBLE) / 86400000000 AS days
        FROM opened_issue AS i
        LEFT JOIN issue_step AS s ON s.issue_id = i.issue_id AND s.type = 'issue.answered'
            AND s.final AND s.first_of_type AND s.step_at <= $as_of
        WHERE i.complaint
    ) AS c
    UNION ALL
    SELECT
        CAST(g.id AS VARCHAR) AS unit,
        [CAST(i.opened_id AS VARCHAR), CAST(g.id AS VARCHAR)] AS facts,
        s.step_at AS at, i.regime, i.topic,
        FALSE AS open_at_start, FALSE AS opened, FALSE AS closed_4_weeks, FALSE AS closed_8_weeks,
        FALSE AS closed_later, FALSE AS upheld, FALSE AS open_at_end,
        g.currency,
        g.amount_minor
    FROM opened_issue AS i
    JOIN issue_step AS s ON s.issue_id = i.issue_id AND s.step_at > $from AND s.step_at <= $to
        AND s.step_at <= $as_of
    JOIN remedy_given AS g ON g.position = s.position
    WHERE i.complaint AND g.currency IS NOT NULL AND g.amount_minor IS NOT NULL
) AS r
WHERE r.open_at_start OR r.opened OR r.closed_4_weeks OR r.closed_8_weeks OR r.closed_later
    OR r.open_at_end OR r.currency IS NOT NULL;

-- The state is that of the issue which the customer had opened last, as it was just then; the return
-- is the first touchpoint since that the customer started.
SELECT
    CAST(r.id AS VARCHAR) AS unit,
    CASE
        WHEN t.id IS NULL THEN [CAST(r.id AS VARCHAR)]
        ELSE [CAST(r.id AS VARCHAR), CAST(t.id AS VARCHAR)]
    END AS facts,
    r.time AS at,
    r.time AS started_at,
    r.question,
    CASE
        WHEN o.issue_id IS NULL THEN 'no_issue'
        WHEN s.resolved THEN 'recovered'
        ELSE 'unrecovered'
    END AS state,
    r.score,
    t.id IS NOT NULL AND epoch_us(t.time) <= epoch_us(r.time) + $within AS counted
FROM rating AS r
LEFT JOIN (
    SELECT
        coalesce(k.customer, i.subject) AS customer,
        i.issue_id,
        i.opened_at,
        lead(i.opened_at) OVER (
            PARTITION BY coalesce(k.customer, i.subject) ORDER BY f.{order}
        ) AS next_at
    FROM issue AS i
    JOIN happened AS f ON f.position = i.opened_position
    LEFT JOIN known_as AS k ON k.party = i.subject
) AS o ON o.customer = r.customer AND o.opened_at <= r.time
    AND (o.next_at IS NULL OR o.next_at > r.time)
LEFT JOIN issue_step AS s ON s.issue_id = o.issue_id AND s.step_at <= r.time
    AND (s.until IS NULL OR s.until > r.time)
LEFT JOIN (
    SELECT
        q.position, c.id, c.time,
        row_number() OVER (PARTITION BY q.position ORDER BY c.{order}) AS nth
    FROM rating AS q
    JOIN (
        SELECT f.*, coalesce(k.customer, f.subject) AS customer
        FROM happened AS f
        JOIN touchpoint_occurred AS o ON o.position = f.position
        LEFT JOIN known_as AS k ON k.party = f.subject
        WHERE o.initiated_by = 'customer'
    ) AS c ON c.customer = q.customer AND (c.{order}) > (q.{order})
) AS t ON t.position = r.position AND t.nth = 1;

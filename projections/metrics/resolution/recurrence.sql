-- A cause comes back by the first issue that is opened after its correction and is put down to it,
-- whenever that was said.
SELECT
    CAST(f.id AS VARCHAR) AS unit,
    CASE
        WHEN a.opened_id IS NULL THEN [CAST(f.id AS VARCHAR)]
        ELSE [CAST(f.id AS VARCHAR), CAST(a.opened_id AS VARCHAR), CAST(a.said_id AS VARCHAR)]
    END AS facts,
    f.time AS at,
    f.time AS started_at,
    c.cause,
    coalesce(epoch_us(a.opened_at) <= epoch_us(f.time) + $within, FALSE) AS counted
FROM happened AS f
JOIN cause_corrected AS c ON c.position = f.position
LEFT JOIN (
    SELECT
        h.position, o.id AS opened_id, o.time AS opened_at, w.id AS said_id,
        row_number() OVER (PARTITION BY h.position ORDER BY o.{order}, w.id) AS nth
    FROM happened AS h
    JOIN cause_corrected AS q ON q.position = h.position
    JOIN cause_identified AS b ON b.cause = q.cause
    JOIN happened AS w ON w.position = b.position
    JOIN issue AS i ON i.issue_id = b.issue_id
    JOIN happened AS o ON o.position = i.opened_position
    WHERE (o.{order}) > (h.{order})
) AS a ON a.position = f.position AND a.nth = 1;

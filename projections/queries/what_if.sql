-- name: undated
-- Promises whose first `made` names no date, about something: by what a policy dates them, and the
-- date that one gives them.
SELECT c.commitment_id, c.made_id, epoch_us(c.made_at), c.about, c.labels, epoch_us(p.due_at)
FROM commitment AS c
JOIN commitment_made AS m ON m.position = c.made_position
LEFT JOIN policy_date AS p ON p.fact_id = c.made_id
WHERE m.due_at IS NULL AND {about};

-- name: beside
-- The walks that are made again, and those of all others.
CREATE VIEW commitment_history AS
SELECT r.* FROM redated_history AS r
UNION ALL
SELECT h.*
FROM {views} AS h
WHERE NOT EXISTS (SELECT 1 FROM touched_commitment AS t WHERE t.commitment_id = h.commitment_id);

-- name: stood
-- Where the promises that get another date stand, and whether the question is about them.
INSERT INTO {table}
SELECT s.commitment_id, s.status, s.first_due_at, coalesce({condition}, FALSE) AS fits
FROM {source}
JOIN touched_commitment AS t ON t.commitment_id = s.commitment_id;

-- name: changes
SELECT
    count(*) OVER () AS changed, s.commitment_id, s.status, w.status AS would_be,
    epoch_us(s.first_due_at) AS first_due_at, epoch_us(w.first_due_at) AS would_be_first_due_at
FROM stood AS s
JOIN would_stand AS w ON w.commitment_id = s.commitment_id
WHERE (s.fits OR w.fits)
    AND (s.status <> w.status OR s.first_due_at IS DISTINCT FROM w.first_due_at)
ORDER BY s.commitment_id
LIMIT $limit;

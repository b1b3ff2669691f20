-- name: read
INSERT INTO pledger_read VALUES ($partition, $end, $digest)
ON CONFLICT (partition) DO UPDATE
SET next_offset = excluded.next_offset,
    digest = (pledger_read.digest + excluded.digest) % 18446744073709551616;

-- name: dismissed
-- A dismissal is of one message: a topic that was made anew has others at its positions.
CREATE OR REPLACE TEMP TABLE dismissed AS
SELECT f.position, f.type
FROM fact AS f
JOIN no_fact AS n ON n.position = f.position AND n.recorded_at = epoch_us(f.recorded_at);

-- name: waiting
CREATE OR REPLACE TEMP TABLE waiting AS
SELECT f.position, f.type, f.subject, h.reason
FROM fact AS f
JOIN pledger_held AS h ON h.subject = f.subject;

-- name: repeated
-- The record of an id that counts is the one with the lowest (recorded_at, partition, offset); a
-- position orders by partition and offset.
CREATE OR REPLACE TEMP TABLE repeated AS
SELECT r.position, r.type, r.id, r.kept
FROM (
    SELECT f.position, f.type, f.id, first_value(f.position) OVER one AS kept
    FROM fact AS f
    WHERE f.id IN (SELECT g.id FROM fact AS g GROUP BY g.id HAVING count(*) > 1)
    WINDOW one AS (PARTITION BY f.id ORDER BY f.recorded_at, f.position)
) AS r
WHERE r.position <> r.kept;

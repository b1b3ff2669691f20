-- name: remember
-- The first one that is recorded counts: several workers may find out at once.
INSERT INTO {schema}.topic (generation, name, id, partitions, seen_at)
VALUES (%s, %s, %s, %s, now()) ON CONFLICT DO NOTHING;

-- name: lacking
WITH
waiting AS (
    SELECT w.id, w.subject
    FROM unnest(%(ids)s::uuid[], %(subjects)s::text[]) AS w (id, subject)
)
SELECT count(*), min(f.id::text) FROM {one}.fact AS f
WHERE NOT EXISTS (SELECT 1 FROM {other}.fact AS o WHERE o.id = f.id)
    AND NOT EXISTS (SELECT 1 FROM waiting AS w WHERE w.id = f.id);

-- name: lacking_waiting
-- Facts that wait are known by their places alone, which mean nothing on another topic: so of each
-- subject there must be as many facts that the first generation has not folded in.
WITH
waiting AS (
    SELECT w.id, w.subject
    FROM unnest(%(ids)s::uuid[], %(subjects)s::text[]) AS w (id, subject)
),
there AS (
    SELECT w.id, w.subject FROM waiting AS w
    UNION
    SELECT o.id, o.subject FROM {other}.fact AS o
    WHERE o.subject IN (SELECT p.subject FROM {one}.parked AS p)
),
held AS (
    SELECT
        (SELECT count(*) FROM {one}.parked_fact AS f WHERE f.digest = p.digest) AS waiting,
        (
            SELECT count(*) FROM there AS t WHERE t.subject = p.subject
                AND NOT EXISTS (SELECT 1 FROM {one}.fact AS f WHERE f.id = t.id)
        ) AS there
    FROM {one}.parked AS p
)
SELECT coalesce(sum(greatest(0, h.waiting - h.there)), 0)::bigint FROM held AS h;

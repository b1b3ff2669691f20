-- name: progress
CREATE TABLE progress (
    partition integer PRIMARY KEY,
    next_offset bigint NOT NULL,
    epoch bigint NOT NULL,
    owner text,
    recorded_at timestamptz,
    updated_at timestamptz NOT NULL,
    last_offset bigint,
    last_at timestamptz,
    digest numeric(20),
    digest_offset bigint
) WITH (fillfactor = 10);

-- name: take_over
INSERT INTO progress AS p
    (partition, next_offset, epoch, owner, updated_at, digest, digest_offset)
SELECT wanted, 0, 1, %(owner)s, %(at)s, 0, 0
FROM unnest(%(partitions)s::integer[]) AS wanted
ORDER BY wanted
ON CONFLICT (partition) DO UPDATE
SET epoch = p.epoch + 1, owner = excluded.owner, updated_at = excluded.updated_at
RETURNING partition, epoch, next_offset, recorded_at, last_offset, last_at;

-- name: advance
UPDATE progress
SET next_offset = %(end)s, recorded_at = coalesce(%(recorded_at)s, recorded_at),
    last_at = coalesce(%(recorded_at)s, last_at), last_offset = coalesce(%(last)s, last_offset),
    digest = CASE
        WHEN digest_offset = %(start)s THEN mod(digest + %(digest)s, 18446744073709551616)
    END,
    digest_offset = CASE WHEN digest_offset = %(start)s THEN %(end)s END,
    updated_at = %(at)s
WHERE partition = %(partition)s AND next_offset = %(start)s AND epoch = %(epoch)s;

-- name: give_up
UPDATE progress SET owner = NULL, updated_at = %(at)s
WHERE partition = %(partition)s AND epoch = %(epoch)s;

-- name: digests
-- Through JSON: where nothing but readers has come since this program was put in the place of an earlier
-- one, the books have no such columns yet.
SELECT p.partition, p.next_offset,
    CASE WHEN (to_jsonb(p) ->> 'digest_offset')::bigint = p.next_offset
        THEN (to_jsonb(p) ->> 'digest')::numeric
    END
FROM progress AS p ORDER BY p.partition;

-- name: end_hanging
-- A session that has written `progress` and waits for its client in the middle of a statement, which
-- only COPY does.
SELECT count(pg_terminate_backend(a.pid))
FROM pg_stat_activity AS a
WHERE a.datname = current_database() AND a.usename = current_user AND a.pid <> pg_backend_pid()
    AND a.state = 'active' AND a.wait_event = 'ClientRead'
    AND a.state_change < clock_timestamp() - make_interval(secs => %s)
    AND EXISTS (
        SELECT FROM pg_locks AS l
        WHERE l.pid = a.pid AND l.granted AND l.mode = 'RowExclusiveLock'
            AND l.relation = to_regclass('progress')
    );

-- name: stands
INSERT INTO progress (partition, next_offset, epoch, recorded_at, last_offset, last_at, updated_at,
    digest, digest_offset)
VALUES (%(partition)s, %(end)s, 0, %(last_at)s, %(last_offset)s, %(last_at)s, %(at)s,
    %(digest)s, %(end)s);

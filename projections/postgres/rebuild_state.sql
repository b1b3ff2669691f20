-- name: begin
INSERT INTO {schema}.rebuild (generation, builder, phase, done, total, started_at, updated_at)
VALUES (%(generation)s, %(builder)s, %(phase)s, 0, 0, now(), now());

-- name: go_on
UPDATE {schema}.rebuild SET builder = %(builder)s, updated_at = clock_timestamp()
WHERE generation = %(generation)s;

-- name: say
UPDATE {schema}.rebuild
SET phase = %(phase)s, done = %(done)s, total = %(total)s, updated_at = clock_timestamp()
WHERE generation = %(generation)s;

-- Which topic the offsets of each generation are of; and room in the books of the generations that
-- are there already for the last record that each partition is folded up to. Those who read the
-- books are waited for; workers would wait behind us, so not for long.
SET LOCAL lock_timeout = '10s';

CREATE TABLE {schema}.topic (
    generation integer PRIMARY KEY REFERENCES {schema}.generation (id) ON DELETE CASCADE,
    name text NOT NULL,
    id text,
    partitions integer NOT NULL CHECK (partitions > 0),
    seen_at timestamptz NOT NULL
);

DO $$
DECLARE
    generation integer;
BEGIN
    FOR generation IN SELECT g.id FROM {schema}.generation AS g ORDER BY g.id LOOP
        EXECUTE format(
            'ALTER TABLE %I.progress ADD COLUMN last_offset bigint, ADD COLUMN last_at timestamptz',
            {name} || '_g' || generation
        );
    END LOOP;
END
$$;

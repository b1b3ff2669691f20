-- Room in the books of the generations for the digest of what each partition was folded from, and for
-- the offset up to which it is one: programs from before this step move the next offset on without
-- it. What is there already is of no known digest, until it is built anew.
SET LOCAL lock_timeout = '10s';

DO $$
DECLARE
    generation integer;
BEGIN
    FOR generation IN SELECT g.id FROM {schema}.generation AS g ORDER BY g.id LOOP
        EXECUTE format(
            'ALTER TABLE %I.progress ADD COLUMN IF NOT EXISTS digest numeric(20),
             ADD COLUMN IF NOT EXISTS digest_offset bigint',
            {name} || '_g' || generation
        );
    END LOOP;
END
$$;

-- Contradictions are looked up by the id that they were told under. This step and those after it
-- find what they make where a kept table was put back.
SET LOCAL lock_timeout = '10s';

ALTER TABLE {schema}.quarantine ADD COLUMN IF NOT EXISTS fact_id uuid;

CREATE INDEX IF NOT EXISTS quarantine_fact ON {schema}.quarantine (fact_id)
WHERE fact_id IS NOT NULL;

-- The control schema: which generation of the views is live, what could not be read, and who builds
-- anew. IF NOT EXISTS: programs from before the steps were counted have made the same.
SELECT pg_advisory_xact_lock(hashtextextended({name} || ':tables', 0));

CREATE SCHEMA IF NOT EXISTS {schema};

CREATE TABLE IF NOT EXISTS {schema}.generation (
    id integer PRIMARY KEY,
    definition text NOT NULL,
    state text NOT NULL CHECK (state IN ('building', 'live', 'retired')),
    made_at timestamptz NOT NULL,
    live_at timestamptz,
    retired_at timestamptz,
    pinned text
);

CREATE UNIQUE INDEX IF NOT EXISTS generation_live ON {schema}.generation (state)
WHERE state = 'live';

CREATE TABLE IF NOT EXISTS {schema}.quarantine (
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    key bytea,
    value bytea,
    header_names bytea[] NOT NULL,
    header_values bytea[] NOT NULL,
    reason text NOT NULL,
    first_seen timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'retried', 'dismissed')),
    settled_at timestamptz,
    why text,
    PRIMARY KEY (partition, "offset")
);

CREATE INDEX IF NOT EXISTS quarantine_open ON {schema}.quarantine (partition, "offset")
WHERE state = 'open';

CREATE TABLE IF NOT EXISTS {schema}.rebuild (
    generation integer PRIMARY KEY,
    builder text NOT NULL,
    phase text NOT NULL,
    done bigint NOT NULL,
    total bigint NOT NULL,
    started_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

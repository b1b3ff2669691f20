-- Who may do what, and who read personal fields. Of keys and passes there is no more than their
-- digests.
CREATE TABLE IF NOT EXISTS {schema}.access_key (
    name text PRIMARY KEY,
    digest bytea NOT NULL,
    scopes text[] NOT NULL,
    departments text[],
    made_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    used_at timestamptz
);

CREATE TABLE IF NOT EXISTS {schema}.access_pass (
    digest bytea PRIMARY KEY,
    kind text NOT NULL,
    name text NOT NULL,
    scopes text[] NOT NULL,
    departments text[],
    expires_at timestamptz NOT NULL
);

CREATE TABLE IF NOT EXISTS {schema}.access_record (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    who text NOT NULL,
    what text NOT NULL,
    fields text[] NOT NULL,
    facts text[] NOT NULL
);

-- What the desk decided: the decisions in their order, as eventsourcing has its events; what each key
-- of a caller was used for, and what was answered; and where the decisions lie that the ledger has.
CREATE TABLE IF NOT EXISTS {schema}.desk_decision (
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    originator_id text NOT NULL,
    originator_version bigint NOT NULL,
    topic text NOT NULL,
    state bytea NOT NULL,
    PRIMARY KEY (originator_id, originator_version)
);

CREATE TABLE IF NOT EXISTS {schema}.desk_key (
    key text PRIMARY KEY,
    content text NOT NULL,
    state text,
    status text,
    originator_id text NOT NULL,
    originator_version bigint NOT NULL
);

CREATE TABLE IF NOT EXISTS {schema}.desk_published (
    number bigint PRIMARY KEY,
    position bigint NOT NULL
);

-- A database as a program has left it whose steps were Python (1 of them): the control schema, and
-- the books of a generation. Made by pg_dump.

CREATE SCHEMA pledger;

CREATE SCHEMA pledger_g1;

CREATE TABLE pledger.generation (
    id integer NOT NULL,
    definition text NOT NULL,
    state text NOT NULL,
    made_at timestamp with time zone NOT NULL,
    live_at timestamp with time zone,
    retired_at timestamp with time zone,
    pinned text,
    CONSTRAINT generation_state_check CHECK ((state = ANY (ARRAY['building'::text, 'live'::text, 'retired'::text])))
);

CREATE TABLE pledger_g1.progress (
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    epoch bigint NOT NULL,
    owner text COLLATE pg_catalog."C",
    recorded_at timestamp with time zone,
    updated_at timestamp with time zone NOT NULL
)
WITH (fillfactor='10');

CREATE TABLE pledger.quarantine (
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    key bytea,
    value bytea,
    header_names bytea[] NOT NULL,
    header_values bytea[] NOT NULL,
    reason text NOT NULL,
    first_seen timestamp with time zone NOT NULL,
    state text NOT NULL,
    settled_at timestamp with time zone,
    why text,
    CONSTRAINT quarantine_state_check CHECK ((state = ANY (ARRAY['open'::text, 'retried'::text, 'dismissed'::text])))
);

CREATE TABLE pledger.rebuild (
    generation integer NOT NULL,
    builder text NOT NULL,
    phase text NOT NULL,
    done bigint NOT NULL,
    total bigint NOT NULL,
    started_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);

CREATE TABLE pledger.step (
    step integer NOT NULL,
    taken_at timestamp with time zone NOT NULL
);

INSERT INTO pledger.generation (id, definition, state, made_at, live_at, retired_at, pinned) VALUES (1, '025e74f1574d3f8a', 'live', '2026-01-01 00:00:00+00', '2026-01-01 00:00:00+00', NULL, NULL);

INSERT INTO pledger.step (step, taken_at) VALUES (1, '2026-01-01 00:00:00+00');

INSERT INTO pledger.quarantine (partition, "offset", recorded_at, header_names, header_values, reason, first_seen, state)
VALUES (1, 7, '2026-01-01 00:00:00+00', '{}', '{}', 'no fact', '2026-01-01 00:00:00+00', 'open');

ALTER TABLE ONLY pledger.generation
    ADD CONSTRAINT generation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY pledger.quarantine
    ADD CONSTRAINT quarantine_pkey PRIMARY KEY (partition, "offset");

ALTER TABLE ONLY pledger.rebuild
    ADD CONSTRAINT rebuild_pkey PRIMARY KEY (generation);

ALTER TABLE ONLY pledger.step
    ADD CONSTRAINT step_pkey PRIMARY KEY (step);

ALTER TABLE ONLY pledger_g1.progress
    ADD CONSTRAINT progress_pkey PRIMARY KEY (partition);

CREATE UNIQUE INDEX generation_live ON pledger.generation USING btree (state) WHERE (state = 'live'::text);

CREATE INDEX quarantine_open ON pledger.quarantine USING btree (partition, "offset") WHERE (state = 'open'::text);

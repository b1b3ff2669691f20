-- name: parked
-- A subject is known by its digest here: its length may be what the projection fails on.
CREATE TABLE parked (
    digest bytea PRIMARY KEY,
    subject text NOT NULL,
    reason text NOT NULL,
    since timestamptz NOT NULL
);

-- name: parked_fact
CREATE TABLE parked_fact (
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    digest bytea NOT NULL REFERENCES parked,
    PRIMARY KEY (partition, "offset")
);

-- name: parked_fact_queue
CREATE INDEX parked_fact_queue ON parked_fact (digest, partition, "offset");

-- name: park
INSERT INTO parked (digest, subject, reason, since) VALUES (%s, %s, %s, %s)
ON CONFLICT (digest) DO NOTHING;

-- name: queue
INSERT INTO parked_fact (partition, "offset", digest) VALUES (%s, %s, %s)
ON CONFLICT (partition, "offset") DO NOTHING;

-- name: drop
DELETE FROM parked_fact WHERE partition = %s AND "offset" = %s;

-- name: listed
SELECT p.subject, p.reason, p.since,
    (SELECT count(*) FROM parked_fact AS f WHERE f.digest = p.digest)
FROM parked AS p
ORDER BY p.since, p.subject;

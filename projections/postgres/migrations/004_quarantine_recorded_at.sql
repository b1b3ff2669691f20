-- A topic that lost its end has other messages at the same places.
SET LOCAL lock_timeout = '10s';

ALTER TABLE {schema}.quarantine DROP CONSTRAINT quarantine_pkey;

ALTER TABLE {schema}.quarantine ADD PRIMARY KEY (partition, "offset", recorded_at);

-- The file of who may do what, and of who read personal fields. Instants are UTC microseconds since
-- 1970, lists are JSON. IF NOT EXISTS: two processes may make the file at once.

CREATE TABLE IF NOT EXISTS access_key (
    name TEXT PRIMARY KEY,
    digest BLOB NOT NULL,
    scopes TEXT NOT NULL,
    departments TEXT,
    made_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    used_at INTEGER
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS access_pass (
    digest BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    departments TEXT,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS access_record (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    fields TEXT NOT NULL,
    facts TEXT NOT NULL
);

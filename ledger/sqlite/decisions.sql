-- The file of the desk's decisions. The table of events is eventsourcing's own, in its rows as they
-- come; the other two are ours. IF NOT EXISTS: two processes may make the file at once.

CREATE TABLE IF NOT EXISTS stored_events (
    originator_id TEXT,
    originator_version INTEGER,
    topic TEXT,
    state BLOB,
    PRIMARY KEY (originator_id, originator_version)
);

-- What each key of a caller was used for, and what was answered.
CREATE TABLE IF NOT EXISTS decision_key (
    key TEXT PRIMARY KEY,
    content TEXT NOT NULL,
    state TEXT,
    status TEXT,
    originator_id TEXT NOT NULL,
    originator_version INTEGER NOT NULL
) WITHOUT ROWID;

-- Where the decisions lie that the ledger has: their numbers (rowids of stored_events) without gaps.
CREATE TABLE IF NOT EXISTS published (
    number INTEGER PRIMARY KEY,
    position INTEGER NOT NULL
);

-- The tables of a ledger. The statements stand apart by an empty line.

-- What repeats: types and sources, and the mark of an importer, which are the extensions of its facts
-- as JSON. Facts have the number of such a row, from 1 on.
CREATE TABLE IF NOT EXISTS origin (
    number INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    source TEXT NOT NULL,
    mark TEXT,
    UNIQUE (type, source, mark)
);

-- The body comes last: what it spills to further pages is then not read to see the rest. digest is
-- the running digest after the fact (ledger/digest.py).
CREATE TABLE IF NOT EXISTS fact (
    position INTEGER PRIMARY KEY,
    recorded_at INTEGER NOT NULL,
    id BLOB NOT NULL,
    origin INTEGER NOT NULL,
    subject TEXT NOT NULL,
    time INTEGER NOT NULL,
    correlationid TEXT,
    causationid TEXT,
    sequence TEXT,
    extensions TEXT,
    digest INTEGER NOT NULL,
    body BLOB NOT NULL
);

-- Where the fact with an id lies, of those up to a multiple of STEP (ledger/sqlite/known_ids.py).
CREATE TABLE IF NOT EXISTS known_id (
    id BLOB PRIMARY KEY,
    position INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TRIGGER IF NOT EXISTS fact_no_update BEFORE UPDATE ON fact
BEGIN SELECT RAISE(ABORT, 'a ledger is only appended to'); END;

CREATE TRIGGER IF NOT EXISTS fact_no_delete BEFORE DELETE ON fact
BEGIN SELECT RAISE(ABORT, 'a ledger is only appended to'); END;

CREATE TRIGGER IF NOT EXISTS origin_no_update BEFORE UPDATE ON origin
BEGIN SELECT RAISE(ABORT, 'a ledger is only appended to'); END;

CREATE TRIGGER IF NOT EXISTS origin_no_delete BEFORE DELETE ON origin
BEGIN SELECT RAISE(ABORT, 'a ledger is only appended to'); END;

CREATE TRIGGER IF NOT EXISTS known_id_no_update BEFORE UPDATE ON known_id
BEGIN SELECT RAISE(ABORT, 'a ledger is only appended to'); END;

CREATE TRIGGER IF NOT EXISTS known_id_no_delete BEFORE DELETE ON known_id
BEGIN SELECT RAISE(ABORT, 'a ledger is only appended to'); END;

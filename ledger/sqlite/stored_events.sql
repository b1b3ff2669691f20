-- The facts as eventsourcing's own readers ask for them, and for people who look: everything in
-- words. Made last, so that where it stands the tables are whole.

CREATE VIEW IF NOT EXISTS stored_events AS
SELECT
    f.position AS rowid,
    lower(
        substr(hex(f.id), 1, 8) || '-' || substr(hex(f.id), 9, 4) || '-'
        || substr(hex(f.id), 13, 4) || '-' || substr(hex(f.id), 17, 4) || '-'
        || substr(hex(f.id), 21)
    ) AS originator_id,
    1 AS originator_version,
    o.type AS topic,
    o.source,
    f.subject,
    f.time,
    f.recorded_at,
    f.correlationid,
    f.causationid,
    f.sequence,
    coalesce(f.extensions, o.mark) AS extensions,
    f.body AS state
FROM fact AS f
LEFT JOIN origin AS o ON o.number = f.origin;

-- name: event_map_type
CREATE TABLE event_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT) WITHOUT ROWID;

-- name: object_map_type
CREATE TABLE object_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT) WITHOUT ROWID;

-- name: event
CREATE TABLE event (
    ocel_id TEXT PRIMARY KEY,
    ocel_type TEXT REFERENCES event_map_type (ocel_type)
) WITHOUT ROWID;

-- name: object
CREATE TABLE object (
    ocel_id TEXT PRIMARY KEY,
    ocel_type TEXT REFERENCES object_map_type (ocel_type)
) WITHOUT ROWID;

-- name: event_object
CREATE TABLE event_object (
    ocel_event_id TEXT REFERENCES event (ocel_id),
    ocel_object_id TEXT REFERENCES object (ocel_id),
    ocel_qualifier TEXT,
    PRIMARY KEY (ocel_event_id, ocel_object_id, ocel_qualifier)
) WITHOUT ROWID;

-- name: object_object
CREATE TABLE object_object (
    ocel_source_id TEXT REFERENCES object (ocel_id),
    ocel_target_id TEXT REFERENCES object (ocel_id),
    ocel_qualifier TEXT,
    PRIMARY KEY (ocel_source_id, ocel_target_id, ocel_qualifier)
) WITHOUT ROWID;

-- name: of_event_type
CREATE TABLE {table} (
    ocel_id TEXT PRIMARY KEY REFERENCES event (ocel_id),
    ocel_time TIMESTAMP{columns}
) WITHOUT ROWID;

-- name: of_object_type
CREATE TABLE {table} (
    ocel_id TEXT REFERENCES object (ocel_id),
    ocel_time TIMESTAMP,
    ocel_changed_field TEXT{columns}
);

-- name: events
SELECT e.id, e.type FROM event AS e ORDER BY e.id;

-- name: objects
SELECT o.id, o.type FROM object AS o ORDER BY o.id;

-- name: of_events
-- The objects of an event are not in the order of the key, but all those of one event lie together.
SELECT
    e.id,
    unnest(list_concat([e.subject], e.links, list_filter([e.journey], lambda x: x IS NOT NULL)))
        AS object,
    unnest(
        list_concat(
            ['subject'],
            list_transform(e.links, lambda x: 'touches'),
            CASE WHEN e.journey IS NULL THEN [] ELSE ['journey'] END
        )
    ) AS qualifier
FROM (SELECT id, subject, links, journey FROM event ORDER BY id) AS e;

-- name: of_objects
SELECT r.source, r.target, r.qualifier FROM relation AS r ORDER BY ALL;

-- name: events_of_type
SELECT e.id, e."at", {attributes}
FROM event AS e
JOIN {table} AS t ON t.position = e.position
WHERE e.type = '{type}'
ORDER BY e.id;

-- name: objects_of_type
SELECT o.id, '1970-01-01T00:00:00.000000Z', NULL, {attributes}
FROM object AS o
LEFT JOIN of_{type} AS t ON t.id = o.id
WHERE o.type = '{type}'
ORDER BY o.id;

-- name: changes_of_type
SELECT c.id, {since}, '{field}', {attributes}
FROM change AS c
JOIN object AS o ON o.id = c.id
WHERE o.type = '{type}' AND c.field = '{field}'
ORDER BY c.id, c.since;

-- What the tables know of the facts of an importer's SELECT. $mark is a piece of their extensions.

-- name: contents
-- Facts of one type with these ids, whether in force or not.
SELECT
    CAST(f.id AS VARCHAR), f.source, f.subject, epoch_us(f.time),
    f.correlationid, f.causationid, f.sequence, f.extensions, r.fact_id IS NULL, {body}
FROM fact AS f
JOIN {table} AS x ON x.position = f.position
LEFT JOIN retracted AS r ON r.fact_id = f.id
WHERE f.id IN (SELECT unnest(CAST($ids AS UUID[])));

-- name: marked
SELECT CAST(f.id AS VARCHAR), f.extensions
FROM fact AS f
WHERE f.type = $type AND strpos(f.extensions, $mark) > 0 AND strpos(f.extensions, $also) > 0;

-- name: in_force
SELECT CAST(f.id AS VARCHAR), f.extensions
FROM fact AS f
LEFT JOIN retracted AS r ON r.fact_id = f.id
WHERE f.type = $type AND strpos(f.extensions, $mark) > 0 AND r.fact_id IS NULL;

-- name: known
SELECT CAST(f.id AS VARCHAR) FROM fact AS f WHERE f.id IN (SELECT unnest(CAST($ids AS UUID[])));

-- name: envelopes
SELECT CAST(f.id AS VARCHAR), f.source, f.subject, epoch_us(f.time)
FROM fact AS f WHERE f.id IN (SELECT unnest(CAST($ids AS UUID[])));

-- name: retractions
SELECT CAST(r.target_id AS VARCHAR), CAST(r.fact_id AS VARCHAR), x.reason, g.fact_id IS NULL
FROM retraction AS r
JOIN fact_retracted AS x ON x.id = r.fact_id
LEFT JOIN retracted AS g ON g.fact_id = r.fact_id
WHERE r.target_id IN (SELECT unnest(CAST($ids AS UUID[])));

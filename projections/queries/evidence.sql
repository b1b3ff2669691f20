-- name: count
-- All, less those that are not in force: they are few, and so not each fact is looked up among them.
SELECT count(*) - (
    SELECT count(*)
    FROM retracted AS r
    JOIN {table} AS f ON f.id = r.fact_id
    WHERE f.time <= $as_of AND {which}
)
FROM {table} AS f
WHERE f.time <= $as_of AND {which};

-- name: all
SELECT
    count(*) - (SELECT count(*) FROM retracted AS r JOIN {table} AS o ON o.id = r.fact_id),
    epoch_us(max(f.time))
FROM {table} AS f;

-- name: in_suspense
SELECT count(DISTINCT s.about)
FROM suspense AS s
WHERE s.reason = 'unknown_commitment'
    AND s.since <= $as_of AND (s.until IS NULL OR s.until > $as_of);

-- name: count
SELECT count(*)
FROM {table} AS f
WHERE f.time <= $as_of AND {which}
    AND NOT EXISTS (SELECT 1 FROM retracted AS r WHERE r.fact_id = f.id);

-- name: in_suspense
SELECT count(DISTINCT s.about)
FROM suspense AS s
WHERE s.reason = 'unknown_commitment'
    AND s.since <= $as_of AND (s.until IS NULL OR s.until > $as_of);

-- name: evidence
SELECT f.type, count(*)
FROM fact AS f
WHERE {which} AND f.time <= $as_of
    AND NOT EXISTS (SELECT 1 FROM retracted AS r WHERE r.fact_id = f.id)
GROUP BY f.type;

-- name: label
-- The value of a label: the first by text, if it has several.
(
    SELECT substr(min(l.label), length(${label}) + 1)
    FROM (SELECT unnest(u.labels) AS label) AS l
    WHERE starts_with(l.label, ${label})
);

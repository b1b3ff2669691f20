-- name: about
f.{kind} = $id AND f.type IN (SELECT unnest($types));

-- name: retracted
SELECT CAST(r.fact_id AS VARCHAR) FROM retracted AS r
WHERE CAST(r.fact_id AS VARCHAR) IN (SELECT unnest($ids));

-- name: named
SELECT DISTINCT f.{kind} FROM fact AS f WHERE f.{kind} IS NOT NULL;

-- name: value
-- The value of a label of each commitment that has one of that name; the first by text of several.
LEFT JOIN (
    SELECT o.commitment_id, min(substr(o.label, length('{name}:') + 1)) AS value
    FROM (SELECT c.commitment_id, unnest(c.labels) AS label FROM commitment AS c) AS o
    WHERE starts_with(o.label, '{name}:')
    GROUP BY o.commitment_id
) AS {alias} ON {alias}.commitment_id = s.commitment_id;

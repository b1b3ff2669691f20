-- name: label
-- The value of a label: the first by text, if it has several.
(
    SELECT substr(min(l.label), length(${label}) + 1)
    FROM (SELECT unnest(u.labels) AS label) AS l
    WHERE starts_with(l.label, ${label})
);

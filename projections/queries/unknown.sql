-- name: kinds
-- The kinds of parties that facts are about, the most frequent first.
SELECT split_part(f.subject, ':', 1)
FROM {home}.fact AS f
GROUP BY split_part(f.subject, ':', 1)
ORDER BY count(*) DESC
LIMIT 20;

-- name: party
SELECT 1 FROM (
    SELECT f.position FROM {home}.fact AS f WHERE f.subject = $party AND {which}
    UNION ALL
    SELECT f.position FROM identity_linked AS f
    WHERE (f.party_a = $party OR f.party_b = $party) AND {which}
    UNION ALL
    SELECT f.position FROM identity_unlinked AS f
    WHERE (f.party_a = $party OR f.party_b = $party) AND {which}
    UNION ALL
    SELECT f.position FROM commitment_made AS f WHERE f.made_to = $party AND {which}
) AS f
LIMIT 1;

-- name: ref_kinds
-- The kinds of business objects that facts touch, the most frequent first.
SELECT split_part(f.link, ':', 1)
FROM (SELECT unnest(o.links) AS link FROM {home}.fact AS o) AS f
GROUP BY split_part(f.link, ':', 1)
ORDER BY count(*) DESC
LIMIT 20;

-- name: label_names
SELECT split_part(l.label, ':', 1) AS value
FROM (SELECT unnest(c.labels) AS label FROM {view} AS c) AS l;

-- name: label_values
SELECT substr(l.label, length('{name}:') + 1) AS value
FROM (SELECT unnest(c.labels) AS label FROM commitment AS c) AS l
WHERE starts_with(l.label, '{name}:');

-- name: crossing
-- Customers, as the views name them, with a journey that goes on after an instant, or whose parties
-- have been linked or unlinked since.
SELECT j.customer
FROM journey AS j
WHERE j.first_at <= $as_of AND j.last_at > $as_of
UNION
SELECT coalesce(i.customer, l.party)
FROM (
    SELECT a.party_a AS party FROM party_link AS a WHERE a.since > $as_of OR a.until > $as_of
    UNION ALL
    SELECT b.party_b AS party FROM party_link AS b WHERE b.since > $as_of OR b.until > $as_of
) AS l
LEFT JOIN party_identity AS i ON i.party = l.party;

-- name: crossing_parties
SELECT i.party
FROM crossing AS c
JOIN party_identity AS i ON i.customer = c.customer
UNION
SELECT c.customer
FROM crossing AS c;

-- name: beside
SELECT r.* FROM {own} AS r
UNION ALL
SELECT j.*
FROM {views} AS j
LEFT JOIN crossing AS c ON c.customer = j.customer
WHERE {ended} <= {then} AND c.customer IS NULL;

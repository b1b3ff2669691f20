-- name: relinked
-- Customers, as the views name them, whose parties have been linked or unlinked since an instant.
SELECT DISTINCT coalesce(i.customer, l.party)
FROM (
    SELECT a.party_a AS party FROM party_link AS a WHERE a.since > $as_of OR a.until > $as_of
    UNION ALL
    SELECT b.party_b AS party FROM party_link AS b WHERE b.since > $as_of OR b.until > $as_of
) AS l
LEFT JOIN party_identity AS i ON i.party = l.party;

-- name: cut
-- Journeys of the views that were others at an instant: those that go on after it, and those of
-- customers who were others.
SELECT j.journey_id, j.customer
FROM journey AS j
LEFT JOIN relinked AS r ON r.customer = j.customer
WHERE r.customer IS NOT NULL OR (j.first_at <= $as_of AND j.last_at > $as_of);

-- name: cut_facts
-- What had happened by then of these journeys, and what customers who were others have beside them: a
-- ref to one with whom somebody was linked since was a ref then. No other fact has their refs.
INSERT INTO customer_fact
SELECT
    coalesce(k.customer, f.subject) AS customer,
    f.position, f.id, f.type, f.time, f.sequence_number, f.place, f.department, f.links
FROM (
    SELECT s.position
    FROM cut AS c
    JOIN {home}.journey_step AS s ON s.journey_id = c.journey_id
    UNION ALL
    SELECT l.position
    FROM relinked AS r
    JOIN {home}.loose_fact AS l ON l.customer = r.customer
) AS p
JOIN fact AS f ON f.position = p.position
LEFT JOIN known_as AS k ON k.party = f.subject;

-- name: cut_parties
-- Which parties they are. (That a customer's own name is no ref is known without.)
INSERT INTO customer_party
SELECT k.customer, k.party FROM known_as AS k;

-- name: cut_customers
-- Who had them.
SELECT f.customer FROM customer_fact AS f;

-- name: beside
SELECT {columns} FROM {own} AS j
UNION ALL
SELECT {columns}
FROM {views} AS j
LEFT JOIN cut AS c ON c.journey_id = j.journey_id
WHERE {ended} <= {then} AND c.journey_id IS NULL;

-- name: seen_all_the_same
DELETE FROM suspense
WHERE reason = 'unknown_fact' AND fact_id IN (
    SELECT r.fact_id
    FROM retraction AS r
    JOIN {home}.fact AS f ON f.id = r.target_id
    WHERE {seen}
);

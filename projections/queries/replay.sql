-- name: relinked
-- Customers, as the views name them, whose parties have been linked or unlinked since an instant.
-- `whole`: what the views say of them does not hold for then, since they had parties that they have
-- no longer, or refs that are none now.
SELECT
    coalesce(i.customer, l.party) AS customer,
    bool_or(l.unlinked OR o.customer IS NOT NULL) AS whole
FROM (
    SELECT a.party_a AS party, coalesce(a.until > $as_of, FALSE) AS unlinked
    FROM party_link AS a
    WHERE a.since > $as_of OR a.until > $as_of
    UNION ALL
    SELECT b.party_b AS party, coalesce(b.until > $as_of, FALSE) AS unlinked
    FROM party_link AS b
    WHERE b.since > $as_of OR b.until > $as_of
) AS l
LEFT JOIN party_identity AS i ON i.party = l.party
LEFT JOIN joined_later AS o
    ON o.customer = coalesce(i.customer, l.party) AND o.journey_id IS NULL
GROUP BY coalesce(i.customer, l.party);

-- name: changed
-- Journeys of the views that were others at an instant: those of customers who had another name, with
-- that, and without one those whose facts may have been several journeys.
SELECT
    w.journey_id,
    CASE WHEN NOT w.several THEN w.customer END AS customer
FROM (
    SELECT
        j.journey_id,
        coalesce(r.whole, FALSE) OR (
            l.journey_id IS NOT NULL AND (r.customer IS NOT NULL OR j.last_at > $as_of)
        ) AS several,
        CASE WHEN r.customer IS NULL THEN j.customer ELSE coalesce(k.customer, j.party) END
            AS customer,
        j.customer AS name
    FROM journey AS j
    LEFT JOIN relinked AS r ON r.customer = j.customer
    LEFT JOIN joined_later AS l ON l.journey_id = j.journey_id
    LEFT JOIN known_as AS k ON k.party = j.party
    WHERE j.first_at <= $as_of
) AS w
WHERE w.several OR w.customer <> w.name;

-- name: going_on
-- Those that were one journey already and go on after it, with the name of their customer then.
SELECT j.journey_id, coalesce(c.customer, j.customer)
FROM journey AS j
LEFT JOIN changed AS c ON c.journey_id = j.journey_id
WHERE j.first_at <= $as_of AND j.last_at > $as_of
    AND (c.journey_id IS NULL OR c.customer IS NOT NULL);

-- name: cut_facts
-- What had happened by then of the journeys that may have been several, and what customers of whom
-- the views do not hold have beside them: what is no ref now may have been one. No other fact has
-- their refs.
INSERT INTO customer_fact
SELECT
    coalesce(k.customer, f.subject) AS customer,
    f.subject, row_number() OVER (ORDER BY f.{order}) AS n,
    f.position, f.id, f.type, f.time, f.sequence_number, f.place, f.department, f.links
FROM (
    SELECT s.position
    FROM changed AS c
    JOIN {home}.journey_step AS s ON s.journey_id = c.journey_id
    WHERE c.customer IS NULL
    UNION ALL
    SELECT l.position
    FROM relinked AS r
    JOIN {home}.loose_fact AS l ON l.customer = r.customer
    WHERE r.whole
) AS p
JOIN {home}.fact AS f ON f.position = p.position
LEFT JOIN known_as AS k ON k.party = f.subject
WHERE f.time <= {then};

-- name: cut_parties
-- Which parties they are. (That a customer's own name is no ref is known without.)
INSERT INTO customer_party
SELECT k.customer, k.party FROM known_as AS k;

-- name: steps_until
-- The steps until then of those that were stitched again and of those that go on.
SELECT r.journey_id, r.customer, r.department, r.handover, r.type, r.time, r.n
FROM restitched_journey_step AS r
UNION ALL
SELECT j.journey_id, g.customer, j.department, j.handover, j.type, j.time, j.n
FROM going_on AS g
JOIN {home}.journey_step AS j ON j.journey_id = g.journey_id
WHERE j.time <= {then};

-- name: first_facts
-- Of those that go on, as much of their first facts as a journey says.
INSERT INTO customer_fact (customer, subject, id, sequence_number, place)
SELECT g.customer, j.party, j.journey_id, j.first_sequence, j.first_place
FROM going_on AS g
JOIN {home}.journey AS j ON j.journey_id = g.journey_id;

-- name: their_customers
-- Who had them all.
SELECT f.customer FROM customer_fact AS f;

-- name: beside
-- In one scan of the views, in which nearly all rows have the name that they have there.
SELECT r.* FROM {own} AS r
UNION ALL
SELECT {renamed}
FROM {views} AS j
LEFT JOIN changed AS c ON c.journey_id = j.journey_id
WHERE {ended} <= {then} AND (c.journey_id IS NULL OR c.customer IS NOT NULL);

-- name: seen_all_the_same
DELETE FROM suspense
WHERE reason = 'unknown_fact' AND fact_id IN (
    SELECT r.fact_id
    FROM retraction AS r
    JOIN {home}.fact AS f ON f.id = r.target_id
    WHERE {seen}
);

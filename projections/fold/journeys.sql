-- name: parties
-- A customer has the party of its name, unless that is one of another customer, and all linked ones.
INSERT INTO customer_party
SELECT t.customer, i.party
FROM touched_customer AS t
JOIN party_identity AS i ON i.customer = t.customer
UNION ALL
SELECT t.customer, t.customer AS party
FROM touched_customer AS t
WHERE NOT EXISTS (SELECT 1 FROM party_identity AS i WHERE i.party = t.customer);

-- name: facts
INSERT INTO customer_fact
SELECT
    p.customer, p.party AS subject, row_number() OVER (ORDER BY f.{order}) AS n,
    f.position, f.id, f.type, f.time, f.sequence_number, f.place, f.department, f.links
FROM customer_party AS p
JOIN fact AS f ON f.subject = p.party
WHERE NOT EXISTS (SELECT 1 FROM retracted AS r WHERE r.fact_id = f.id);

-- name: links
-- The customer's own ids, all that are linked, are no refs.
INSERT INTO linked
SELECT l.customer, l.n, l.link
FROM (
    SELECT c.customer, c.n, unnest(c.links) AS link
    FROM customer_fact AS c
) AS l
WHERE l.link <> l.customer AND NOT EXISTS (
    SELECT 1 FROM customer_party AS p WHERE p.party = l.link AND p.customer = l.customer
);

-- name: refs
-- A ref is known by the number of the first fact of its customer that has it.
INSERT INTO anchored
SELECT l.customer, l.n, s.first_n
FROM linked AS l
JOIN (
    SELECT o.customer, o.link, min(o.n) AS first_n
    FROM linked AS o
    GROUP BY o.customer, o.link
) AS s ON s.customer = l.customer AND s.link = l.link;

-- name: anchors
INSERT INTO anchor
SELECT a.customer, a.n, min(a.first_n) AS low, max(a.first_n) AS high
FROM anchored AS a
GROUP BY a.customer, a.n;

-- name: pairs
SELECT DISTINCT o.low, a.first_n
FROM anchor AS o
JOIN anchored AS a ON a.n = o.n
WHERE o.low <> o.high AND a.first_n <> o.low;

-- name: labels
INSERT INTO stitched
SELECT coalesce(j.label, a.low), a.n
FROM anchor AS a
LEFT JOIN joined AS j ON j.node = a.low;

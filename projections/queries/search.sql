-- Each gives what it found, the party that it is about, and whether its id is the text itself.

-- name: customers
SELECT p.party, p.party, p.party IN ($text, $completed)
FROM (
    SELECT c.customer AS party FROM customer AS c
    UNION
    SELECT i.party FROM party_identity AS i
) AS p
WHERE (p.party >= $text AND p.party < $beyond)
    OR (p.party >= $completed AND p.party < $completed_beyond)
ORDER BY p.party NOT IN ($text, $completed), p.party
LIMIT $most;

-- name: by_id
SELECT v.{kind}_id, v.subject, v.{kind}_id = $text
FROM {kind} AS v
WHERE v.{since} <= $as_of AND v.{kind}_id >= $text AND v.{kind}_id < $beyond
ORDER BY v.{kind}_id
LIMIT $most;

-- name: opened
-- The first that begin with the text, of those that a fact in force has opened.
SELECT f.{kind}_id
FROM fact AS f
WHERE f.type = '{type}' AND f.{kind}_id >= $text AND f.{kind}_id < $beyond
    AND NOT EXISTS (SELECT 1 FROM retracted AS r WHERE r.fact_id = f.id)
GROUP BY f.{kind}_id
ORDER BY f.{kind}_id
LIMIT $most;

-- name: parties
-- The first that begin with the text, of those that facts are about.
SELECT p.party
FROM (
    SELECT f.subject AS party
    FROM fact AS f
    WHERE (f.subject >= $text AND f.subject < $beyond)
        OR (f.subject >= $completed AND f.subject < $completed_beyond)
    GROUP BY f.subject
) AS p
ORDER BY p.party NOT IN ($text, $completed), p.party
LIMIT $most;

-- name: parties_by_id
-- Whom facts are about whose ids begin with the text.
SELECT DISTINCT f.subject FROM fact AS f WHERE f.id BETWEEN $first AND $last;

-- name: journeys_by_id
SELECT j.journey_id, j.customer, j.journey_id = $last
FROM journey AS j
WHERE j.first_at <= $as_of AND j.journey_id BETWEEN $first AND $last
ORDER BY j.journey_id
LIMIT $most;

-- name: touching
-- Facts that touch a business object.
SELECT f.position, f.subject, f.commitment_id, f.issue_id, f.payment_id
FROM fact AS f
WHERE list_contains(f.links, $text) AND f.time <= $as_of AND {which}
ORDER BY f.position
LIMIT $most;

-- name: touching_alike
-- Facts that touch a business object whose name begins with the text.
SELECT f.position, f.subject, f.commitment_id, f.issue_id, f.payment_id
FROM (
    SELECT
        o.position, o.subject, o.commitment_id, o.issue_id, o.payment_id, o.time,
        unnest(o.links) AS link
    FROM fact AS o
) AS f
WHERE f.link > $text AND f.link < $beyond AND f.time <= $as_of AND {which}
ORDER BY f.position
LIMIT $most;

-- name: there
-- Those of some ids that are there at the moment.
SELECT v.{kind}_id, v.subject FROM {kind} AS v WHERE v.{since} <= $as_of AND {which};

-- name: journeys_of
-- The journeys in which facts are steps.
SELECT DISTINCT j.journey_id, j.customer
FROM journey_step AS j
WHERE j.position IN (SELECT unnest($positions)) AND {theirs};

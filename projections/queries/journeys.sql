-- name: page
-- Journeys in the order of their first facts.
SELECT j.journey_id
FROM journey AS j
WHERE {which}
ORDER BY j.first_at, j.first_sequence, j.first_place, j.journey_id
{limit};

-- name: after
(epoch_us(j.first_at), j.first_sequence, j.first_place, j.journey_id)
    > ($time, $sequence, $place, $id);

-- name: first_fact
SELECT
    epoch_us(j.first_at),
    CAST(j.first_sequence AS VARCHAR) || ' ' || CAST(j.first_place AS VARCHAR) || ' '
        || CAST(j.journey_id AS VARCHAR)
FROM journey AS j
WHERE j.journey_id = $id;

-- name: steps
-- Journey by journey, in the order of their first facts.
SELECT
    j.journey_id, j.customer, j.fact_id, j.type, epoch_us(j.time), j.department, j.channel,
    j.sign, j.position
FROM journey_step AS j
JOIN journey AS o ON o.journey_id = j.journey_id
WHERE {which}
ORDER BY o.first_at, o.first_sequence, o.first_place, o.journey_id, j.n;

-- name: of_customers
j.{of_a_customer};

-- name: named
SELECT f.position, f.links, f.commitment_id
FROM fact AS f
WHERE f.position IN (SELECT unnest($positions));

-- name: feedback
SELECT f.position, f.question, f.score, f.scale_min, f.scale_max, epoch_us(f.time)
FROM feedback_given AS f
WHERE f.position IN (SELECT unnest($positions));

-- name: promises
SELECT
    s.commitment_id, s.made_id, s.subject, s.about, s.kind, s.made_to, epoch_us(s.made_at),
    s.owner, s.state, s.in_time,
    epoch_us(s.agreed_due_at), epoch_us(s.honoured_at), epoch_us(s.released_at)
FROM ({standing}) AS s;

-- name: turns
-- The steps at which a promise was opened or ceased to be open.
SELECT h.commitment_id, epoch_us(h.step_at), h.state = 'open'
FROM commitment_history AS h
WHERE h.step_at <= $as_of AND {theirs}
ORDER BY h.commitment_id, h.n;

-- name: loose
-- Facts that belong to no journey, customer by customer in the order.
SELECT f.customer, CAST(f.fact_id AS VARCHAR), f.type, epoch_us(f.time)
FROM loose_fact AS f
WHERE {which}
ORDER BY f.customer, f.n;

-- name: identities
SELECT p.party, p.customer FROM party_identity AS p WHERE {which};

-- name: going_on
-- Customers to whom something has happened since.
SELECT c.customer FROM customer AS c WHERE {which} AND c.last_at > $as_of;

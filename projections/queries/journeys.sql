-- name: steps
SELECT
    j.journey_id, j.customer, j.fact_id, j.type, epoch_us(j.time), j.department, j.channel,
    j.sign, j.position
FROM journey_step AS j
WHERE {which}
ORDER BY j.journey_id, j.n;

-- name: named
SELECT f.position, f.links, f.commitment_id FROM fact AS f WHERE {which};

-- name: feedback
SELECT f.position, f.question, f.score, f.scale_min, f.scale_max, epoch_us(f.time)
FROM feedback_given AS f
WHERE {which};

-- name: promises
SELECT
    s.commitment_id, s.made_id, s.subject, s.about, s.kind, s.made_to, epoch_us(s.made_at),
    s.owner, s.state, epoch_us(s.agreed_due_at), epoch_us(s.honoured_at), epoch_us(s.released_at)
FROM ({standing}) AS s;

-- name: turns
-- The steps at which a promise was opened or ceased to be open.
SELECT h.commitment_id, epoch_us(h.step_at), h.state = 'open'
FROM commitment_history AS h
WHERE h.step_at <= $as_of AND {theirs}
ORDER BY h.commitment_id, h.n;

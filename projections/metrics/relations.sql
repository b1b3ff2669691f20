-- What metrics read from, beside the views: each of these is as of $as_of. A metric names them as
-- it names a view.

-- name: listed
-- The units whose facts are shown, and of a pair its two. A value shows none, and the database then
-- looks for none. Where units are listed, a table of this name has those of the page.
SELECT CAST(NULL AS VARCHAR) AS unit WHERE FALSE;

-- name: happened
-- The facts that had happened, without those that are not in force.
SELECT f.*
FROM fact AS f
LEFT JOIN retracted AS r ON r.fact_id = f.id
WHERE f.time <= $as_of AND r.fact_id IS NULL;

-- name: naming
-- Facts that name an issue, a commitment or, in two rows, both.
SELECT f.{order}, f.position, f.department, 'issue' AS kind, f.issue_id AS named
FROM happened AS f
WHERE f.issue_id IS NOT NULL
UNION ALL
SELECT f.{order}, f.position, f.department, 'commitment' AS kind, f.commitment_id AS named
FROM happened AS f
WHERE f.commitment_id IS NOT NULL;

-- name: told
-- What made the promises what they are whose facts are shown; of the reminders, the first.
SELECT
    h.commitment_id,
    array_agg(CAST(h.fact_id AS VARCHAR) ORDER BY h.n) AS facts
FROM commitment_history AS h
WHERE h.commitment_id IN (SELECT l.unit FROM listed AS l) AND h.step_at <= $as_of AND (
    (h.applied AND (h.type <> 'customer.chased' OR h.chases = 1))
    OR h.type IN ('commitment.part_honoured', 'commitment.confirmed')
)
GROUP BY h.commitment_id;

-- name: promise
-- Commitments as units, with their keys. `due`: in cohort K. `kept`: kept by the agreed date, of K.
SELECT
    s.*,
    s.commitment_id AS unit,
    s.owner AS department,
    s.entry_point AS channel,
    s.supports IS NOT NULL AS internal,
    s.state IN ('open', 'disputed') AS outstanding,
    coalesce(
        s.agreed_due_at < $as_of
        AND NOT (s.state = 'released' AND s.released_at <= s.agreed_due_at),
        FALSE
    ) AS due,
    s.state = 'honoured' AND coalesce(s.in_time, s.honoured_at <= s.agreed_due_at, FALSE) AS kept,
    t.facts
FROM standing AS s
LEFT JOIN told AS t ON t.commitment_id = s.commitment_id;

-- name: moved
-- The reschedulings that moved a date as units: one that gives the first date moves none.
SELECT
    CAST(h.fact_id AS VARCHAR) AS unit,
    [CAST(h.fact_id AS VARCHAR)] AS facts,
    h.time AS at,
    h.commitment_id,
    h.department,
    c.about,
    r.initiated_by = 'customer' OR r.customer_agreed AS consent,
    b.agreed_due_at AS agreed_before
FROM commitment_history AS h
JOIN commitment_history AS b ON b.commitment_id = h.commitment_id AND b.n = h.n - 1
JOIN commitment_rescheduled AS r ON r.position = h.position
JOIN commitment AS c ON c.commitment_id = h.commitment_id
WHERE h.step_at <= $as_of AND h.type = 'commitment.rescheduled' AND h.applied
    AND b.first_due_at IS NOT NULL;

-- name: customer_step
-- The steps of the journeys of customers. Those of the few whose ids do not say so stand apart, so
-- that not every step is looked up among the names of those who are linked.
SELECT s.*
FROM journey_step AS s
WHERE s.{of_a_customer_by_name}
UNION ALL
SELECT s.*
FROM journey_step AS s
WHERE s.{of_a_customer_by_link};

-- name: promise_in_journey
-- Commitments with the journey that their first `made` is a step of, whoever has it.
SELECT p.*, s.journey_id, s.n AS step
FROM promise AS p
JOIN journey_step AS s ON s.position = p.made_position
WHERE s.type = 'commitment.made';

-- name: open_stretch
-- The stretches in which at least one promise of a journey was open, as few as possible: those that
-- overlap or touch are one. One that still lasts ends at $as_of. Each begins where none before it
-- lasts, and what was open before the next one begins ended with it.
WITH open_time AS MATERIALIZED (
    SELECT
        s.journey_id,
        h.step_at AS began_at,
        least(h.until, $as_of) AS ended_at
    FROM commitment_history AS h
    JOIN journey_step AS s ON s.fact_id = h.opened_by
    WHERE h.step_at <= $as_of AND h.state = 'open' AND s.type = 'commitment.made'
)
SELECT
    i.journey_id,
    i.began_at,
    coalesce(
        lead(i.before) OVER (PARTITION BY i.journey_id ORDER BY i.began_at), j.last_at
    ) AS ended_at
FROM (
    SELECT
        t.*,
        max(t.ended_at) OVER (
            PARTITION BY t.journey_id ORDER BY t.began_at, t.ended_at
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS before
    FROM open_time AS t
) AS i
JOIN (
    SELECT o.journey_id, max(o.ended_at) AS last_at
    FROM open_time AS o
    GROUP BY o.journey_id
) AS j ON j.journey_id = i.journey_id
WHERE i.before IS NULL OR i.before < i.began_at;

-- name: customer_journey
-- The journeys of customers as units, with their keys.
SELECT
    j.journey_id,
    CAST(j.journey_id AS VARCHAR) AS unit,
    [CAST(j.journey_id AS VARCHAR)] AS facts,
    j.first_at AS at,
    j.departments,
    j.handovers,
    j.reasked,
    j.channels_forced,
    j.departments[1] AS department,
    j.conducted
FROM journey AS j
WHERE j.{of_a_customer};

-- name: journey_kept_whole
-- The journeys of customers in which a promise was due or abandoned, and whether all of these were
-- kept.
SELECT
    p.journey_id,
    count(*) FILTER (WHERE p.status <> 'kept') = 0 AS kept_whole
FROM promise_in_journey AS p
WHERE p.due OR p.state = 'abandoned'
GROUP BY p.journey_id;

-- name: captured_payment
-- Payments as units. `settled_at`: when it was first linked, or given back in full.
SELECT p.*, p.payment_id AS unit, p.opened_at AS at, told.facts, told.settled_at
FROM payment AS p
JOIN (
    SELECT
        s.payment_id,
        array_agg(CAST(s.fact_id AS VARCHAR) ORDER BY s.n) AS facts,
        min(s.step_at) FILTER (WHERE s.settles) AS settled_at
    FROM payment_step AS s
    WHERE s.step_at <= $as_of
    GROUP BY s.payment_id
) AS told ON told.payment_id = p.payment_id;

-- name: repeated_charge
-- The first repeated charge of each payment, as a unit.
SELECT
    c.payment_id,
    CAST(c.id AS VARCHAR) AS unit,
    [CAST(c.id AS VARCHAR)] AS facts,
    c.time AS at,
    c.department,
    c.currency,
    c.amount_minor
FROM (
    SELECT
        f.*, r.currency, r.amount_minor,
        row_number() OVER (PARTITION BY f.payment_id ORDER BY f.{order}) AS nth
    FROM happened AS f
    JOIN charge_repeated AS r ON r.position = f.position
) AS c
WHERE c.nth = 1;

-- name: doubted_entitlement
-- Entitlements as units, from their first adverse check. `cleared_at`: when it was cleared.
SELECT
    e.*, e.entitlement_id AS unit, e.opened_at AS at, e.rule_id AS rule, told.facts, told.cleared_at
FROM entitlement AS e
JOIN (
    SELECT
        s.entitlement_id,
        array_agg(CAST(s.fact_id AS VARCHAR) ORDER BY s.n) AS facts,
        min(s.step_at) FILTER (WHERE s.clears) AS cleared_at
    FROM entitlement_step AS s
    WHERE s.step_at <= $as_of
    GROUP BY s.entitlement_id
) AS told ON told.entitlement_id = e.entitlement_id;

-- name: used_discretion
-- Decisions as units. `review`: what the last review says, whether it was drawn or not.
-- `abused`: what the last one says of it that came after the draw; null until there is one.
SELECT
    d.*, d.decision_id AS unit, d.opened_at AS at, d.rule_id AS rule, told.facts,
    told.sampled_n IS NOT NULL AS sampled,
    r.outcome AS review,
    CASE WHEN told.reviewed_n > told.sampled_n THEN r.outcome = 'abuse' END AS abused
FROM decision AS d
JOIN (
    SELECT
        s.decision_id,
        array_agg(CAST(s.fact_id AS VARCHAR) ORDER BY s.n) AS facts,
        min(s.n) FILTER (WHERE s.type = 'discretion.sampled') AS sampled_n,
        max(s.n) FILTER (WHERE s.type = 'discretion.reviewed') AS reviewed_n
    FROM decision_step AS s
    WHERE s.step_at <= $as_of
    GROUP BY s.decision_id
) AS told ON told.decision_id = d.decision_id
LEFT JOIN decision_step AS r ON r.decision_id = d.decision_id AND r.n = told.reviewed_n;

-- name: opened_issue
-- Issues as units. `resolved_n`, `resolved_at`: its first resolution.
SELECT i.*, i.issue_id AS unit, told.facts, told.resolved_n, told.resolved_at
FROM issue AS i
JOIN (
    SELECT
        s.issue_id,
        array_agg(CAST(s.fact_id AS VARCHAR) ORDER BY s.n) AS facts,
        min(s.n) FILTER (WHERE s.type = 'issue.resolved') AS resolved_n,
        min(s.step_at) FILTER (WHERE s.type = 'issue.resolved') AS resolved_at
    FROM issue_step AS s
    WHERE s.step_at <= $as_of
    GROUP BY s.issue_id
) AS told ON told.issue_id = i.issue_id;

-- name: rating
-- What a customer said on a scale, from 0 to 1, with the canonical name.
SELECT
    f.*,
    b.question,
    (CAST(b.score AS DOUBLE) - b.scale_min) / (CAST(b.scale_max AS DOUBLE) - b.scale_min) AS score,
    coalesce(k.customer, f.subject) AS customer
FROM happened AS f
JOIN feedback_given AS b ON b.position = f.position
LEFT JOIN known_as AS k ON k.party = f.subject
WHERE starts_with(f.subject, 'customer:') AND b.question IN ('nps', 'csat', 'ces', 'stars')
    AND b.scale_max > b.scale_min;

-- name: cause_turn
-- The corrections of each cause, and the issues that were put down to it, in the order in which they
-- came. `again_n`: the first issue after it.
SELECT
    t.*,
    min(CASE WHEN NOT t.corrects THEN t.nth END) OVER (
        PARTITION BY t.cause ORDER BY t.nth ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
    ) AS again_n
FROM (
    SELECT
        e.*,
        row_number() OVER (PARTITION BY e.cause ORDER BY e.{order}, e.said_id) AS nth
    FROM (
        SELECT
            f.id, f.time, f.sequence_number, f.place, c.cause,
            TRUE AS corrects,
            f.id AS said_id
        FROM happened AS f
        JOIN cause_corrected AS c ON c.position = f.position
        UNION ALL
        SELECT
            f.id, f.time, f.sequence_number, f.place, b.cause,
            FALSE AS corrects,
            w.id AS said_id
        FROM happened AS w
        JOIN cause_identified AS b ON b.position = w.position
        JOIN issue AS i ON i.issue_id = b.issue_id
        JOIN happened AS f ON f.position = i.opened_position
    ) AS e
) AS t;

-- One row a journey: the facts of one customer that share refs, across departments.
CREATE TABLE journey AS
WITH own AS NOT MATERIALIZED (
    SELECT
        j.journey_id, j.customer, j.department, j.handover, j.type, j.time, j.n
    FROM journey_step AS j
    JOIN touched_customer AS t ON t.customer = j.customer
),
voice AS (
    SELECT
        o.journey_id, o.customer, o.department,
        min(o.n) AS first_n,
        min(o.time) AS first_at,
        max(o.time) AS last_at,
        count(*) AS facts,
        count(*) FILTER (WHERE o.handover) AS handovers,
        count(*) FILTER (WHERE o.type = 'touchpoint.occurred') AS touchpoints,
        count(*) FILTER (WHERE o.type = 'customer.chased') AS chases,
        count(*) FILTER (WHERE o.type = 'information.reasked') AS reasked,
        count(*) FILTER (WHERE o.type = 'channel.forced') AS channels_forced,
        count(*) FILTER (WHERE o.type = 'journey.conductor_named') AS conductors
    FROM own AS o
    GROUP BY o.journey_id, o.customer, o.department
)
SELECT
    v.journey_id,
    v.customer,
    min(f.subject) AS party,
    min(v.first_at) AS first_at,
    min(f.sequence_number) AS first_sequence,
    min(f.place) AS first_place,
    max(v.last_at) AS last_at,
    CAST(sum(v.facts) AS BIGINT) AS facts,
    array_agg(v.department ORDER BY v.first_n) AS departments,
    CAST(sum(v.handovers) AS BIGINT) AS handovers,
    CAST(sum(v.touchpoints) AS BIGINT) AS touchpoints,
    CAST(sum(v.chases) AS BIGINT) AS chases,
    CAST(sum(v.reasked) AS BIGINT) AS reasked,
    CAST(sum(v.channels_forced) AS BIGINT) AS channels_forced,
    sum(v.conductors) > 0 AS conducted
FROM voice AS v
JOIN customer_fact AS f ON f.id = v.journey_id
GROUP BY v.journey_id, v.customer;

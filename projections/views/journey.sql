-- One row a journey: the facts of one customer that share refs, across departments.
CREATE TABLE journey AS
WITH step AS (
    SELECT
        j.*,
        lag(j.department) OVER (PARTITION BY j.journey_id ORDER BY j.n) AS department_before
    FROM journey_step AS j
    JOIN touched_customer AS t ON t.customer = j.customer
),
voice AS (
    SELECT d.journey_id, array_agg(d.department ORDER BY d.first_n) AS departments
    FROM (
        SELECT s.journey_id, s.department, min(s.n) AS first_n
        FROM step AS s
        GROUP BY s.journey_id, s.department
    ) AS d
    GROUP BY d.journey_id
)
SELECT
    s.journey_id,
    s.customer,
    s.first_at,
    s.last_at,
    s.facts,
    v.departments,
    s.handovers,
    s.touchpoints,
    s.chases,
    s.reasked,
    s.channels_forced
FROM (
    SELECT
        step.journey_id,
        step.customer,
        min(step.time) AS first_at,
        max(step.time) AS last_at,
        count(*) AS facts,
        sum(CASE WHEN step.department <> step.department_before THEN 1 ELSE 0 END) AS handovers,
        sum(CASE WHEN step.type = 'touchpoint.occurred' THEN 1 ELSE 0 END) AS touchpoints,
        sum(CASE WHEN step.type = 'customer.chased' THEN 1 ELSE 0 END) AS chases,
        sum(CASE WHEN step.type = 'information.reasked' THEN 1 ELSE 0 END) AS reasked,
        sum(CASE WHEN step.type = 'channel.forced' THEN 1 ELSE 0 END) AS channels_forced
    FROM step
    GROUP BY step.journey_id, step.customer
) AS s
JOIN voice AS v ON v.journey_id = s.journey_id;

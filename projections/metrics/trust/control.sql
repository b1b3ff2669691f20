-- What was checked, what was disproved, and what a review of a draw found, each with its own anchor.
SELECT
    'check:' || CAST(c.id AS VARCHAR) AS unit,
    [CAST(c.id AS VARCHAR)] AS facts,
    f.time AS at,
    TRUE AS checks,
    c.outcome IN ('not_found', 'refused') AS adverse,
    FALSE AS disproved,
    FALSE AS sampled,
    FALSE AS abuse,
    CAST(NULL AS VARCHAR) AS currency,
    CAST(NULL AS BIGINT) AS amount_minor
FROM happened AS f
JOIN entitlement_checked AS c ON c.position = f.position
UNION ALL
SELECT
    'entitlement:' || e.unit AS unit, e.facts, e.at,
    FALSE AS checks, FALSE AS adverse, TRUE AS disproved, FALSE AS sampled, FALSE AS abuse,
    CAST(NULL AS VARCHAR) AS currency,
    CAST(NULL AS BIGINT) AS amount_minor
FROM doubted_entitlement AS e
WHERE e.cleared_at IS NOT NULL
UNION ALL
SELECT
    'decision:' || d.unit AS unit, d.facts, d.at,
    FALSE AS checks, FALSE AS adverse, FALSE AS disproved, TRUE AS sampled,
    coalesce(d.abused, FALSE) AS abuse,
    CASE WHEN d.abused THEN d.currency END AS currency,
    CASE WHEN d.abused THEN d.amount_minor END AS amount_minor
FROM used_discretion AS d
WHERE d.sampled;

-- name: acting
-- The functions that a query calls and that may do more than compute: those that PostgreSQL does not
-- hold for free of effects, and those that are none of its own. It has resolved every name in the
-- query by itself, and written the ids of what it found into the rule of the view that is made of it.
SELECT DISTINCT p.proname
FROM pg_rewrite AS r
CROSS JOIN LATERAL regexp_matches(
    r.ev_action::text,
    ':(?:funcid|opfuncid|aggfnoid|winfnoid|tsmhandler|startInRangeFunc|endInRangeFunc) ([0-9]+)',
    'g'
) AS called (ids)
JOIN pg_proc AS p ON p.oid = called.ids[1]::oid
WHERE r.ev_class = 'pg_temp.asked'::regclass
    AND (
        p.pronamespace <> 'pg_catalog'::regnamespace
        OR (p.provolatile = 'v' AND NOT p.proname = ANY(%(harmless)s))
        OR p.proname = ANY(%(acting)s)
    )
ORDER BY p.proname;

-- name: strange
-- The tables and views in a query that are neither this home's nor the catalogue's: what functions a
-- view of somebody else's calls is not in the rule of the view that is made of the query.
SELECT DISTINCT n.nspname || '.' || c.relname
FROM pg_rewrite AS r
CROSS JOIN LATERAL regexp_matches(r.ev_action::text, ':relid ([0-9]+)', 'g') AS read (ids)
JOIN pg_class AS c ON c.oid = read.ids[1]::oid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE r.ev_class = 'pg_temp.asked'::regclass
    AND c.oid <> r.ev_class
    AND n.nspname NOT IN (current_schema(), %(control)s, 'pg_catalog', 'information_schema')
ORDER BY 1;

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

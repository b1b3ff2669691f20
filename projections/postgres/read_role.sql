-- name: missing
-- The statements that give the role what it lacks: in the control schema the views, in the
-- generations the tables of the same names. None where there is no such role.
WITH home AS (
    SELECT n.oid, n.nspname, CASE WHEN n.nspname = %(control)s THEN 'v' ELSE 'r' END AS kind
    FROM pg_namespace AS n
    WHERE (n.nspname = %(control)s OR n.nspname = ANY(%(generations)s))
        AND EXISTS (SELECT 1 FROM pg_roles WHERE rolname = %(role)s)
)
SELECT format('GRANT USAGE ON SCHEMA %%I TO %%I', h.nspname, %(role)s)
FROM home AS h
WHERE NOT has_schema_privilege(%(role)s, h.oid, 'USAGE')
UNION ALL
SELECT format('GRANT SELECT ON %%I.%%I TO %%I', h.nspname, c.relname, %(role)s)
FROM home AS h
JOIN pg_class AS c ON c.relnamespace = h.oid AND c.relkind::text = h.kind
WHERE c.relname = ANY(%(names)s) AND NOT has_table_privilege(%(role)s, c.oid, 'SELECT');

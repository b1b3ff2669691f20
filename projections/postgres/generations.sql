-- name: published
SELECT EXISTS (
    SELECT 1 FROM pg_depend AS d
    JOIN pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
    JOIN pg_class AS v ON v.oid = r.ev_class AND v.relkind = 'v'
    JOIN pg_class AS t ON d.refclassid = 'pg_class'::regclass AND t.oid = d.refobjid
    JOIN pg_namespace AS vn ON vn.oid = v.relnamespace
    JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
    WHERE vn.nspname = %s AND tn.nspname = %s
);

-- name: uncollated
-- Text columns that sort in the database's own way. Those of views take their order from the
-- expression that they come from, which may be a word in quotes.
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relkind = 'r' AND a.attnum > 0
    AND a.attcollation = (SELECT oid FROM pg_collation WHERE collname = 'default');

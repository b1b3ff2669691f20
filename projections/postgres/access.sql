-- name: add_key
INSERT INTO {schema}.access_key VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT DO NOTHING RETURNING name

-- name: keys
SELECT name, digest, scopes, departments, made_at, expires_at, revoked_at, used_at
FROM {schema}.access_key ORDER BY name COLLATE "C"

-- name: keys_like
SELECT name, digest, scopes, departments, made_at, expires_at, revoked_at, used_at
FROM {schema}.access_key WHERE substr(digest, 1, %s) = %s

-- name: revoke
UPDATE {schema}.access_key SET revoked_at = coalesce(revoked_at, %s) WHERE name = %s
RETURNING name, digest, scopes, departments, made_at, expires_at, revoked_at, used_at

-- name: note_use
UPDATE {schema}.access_key SET used_at = greatest(used_at, %s) WHERE name = %s

-- name: add_pass
INSERT INTO {schema}.access_pass VALUES (%s, %s, %s, %s, %s, %s)

-- name: expire_passes
DELETE FROM {schema}.access_pass WHERE expires_at <= %s

-- name: passes_like
-- A pass of a key that was revoked is none, whichever of the two came first.
SELECT p.digest, p.kind, p.name, p.scopes, p.departments, p.expires_at
FROM {schema}.access_pass AS p
LEFT JOIN {schema}.access_key AS k ON k.name = p.name
WHERE substr(p.digest, 1, %s) = %s AND k.revoked_at IS NULL

-- name: end_pass
DELETE FROM {schema}.access_pass WHERE digest = %s RETURNING name

-- name: end_passes_of
DELETE FROM {schema}.access_pass WHERE name = %s RETURNING name

-- name: record
INSERT INTO {schema}.access_record (at, who, what, fields, facts) VALUES (%s, %s, %s, %s, %s)

-- name: records
SELECT at, who, what, fields, facts, number FROM {schema}.access_record
WHERE number > %(after)s AND (CAST(%(who)s AS text) IS NULL OR who = %(who)s)
ORDER BY number LIMIT %(limit)s

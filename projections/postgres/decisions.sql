-- name: insert
INSERT INTO {schema}.desk_decision (originator_id, originator_version, topic, state)
VALUES (%s, %s, %s, %s) RETURNING number

-- name: insert_key
INSERT INTO {schema}.desk_key VALUES (%s, %s, %s, %s, %s, %s)

-- name: events
SELECT originator_id, originator_version, topic, state FROM {schema}.desk_decision
WHERE originator_id = %(id)s
  AND (CAST(%(gt)s AS bigint) IS NULL OR originator_version > %(gt)s)
  AND (CAST(%(lte)s AS bigint) IS NULL OR originator_version <= %(lte)s)
ORDER BY originator_version {way} LIMIT %(limit)s

-- name: notifications
SELECT originator_id, originator_version, topic, state, number FROM {schema}.desk_decision
WHERE (CAST(%(start)s AS bigint) IS NULL OR number >= %(start)s)
  AND (CAST(%(stop)s AS bigint) IS NULL OR number <= %(stop)s)
  AND (CAST(%(topics)s AS text[]) IS NULL OR topic = ANY (%(topics)s))
ORDER BY number LIMIT %(limit)s

-- name: last
SELECT max(number) FROM {schema}.desk_decision

-- name: keyed
SELECT key, content, state, status, originator_id, originator_version FROM {schema}.desk_key
WHERE key = %s

-- name: number
SELECT number FROM {schema}.desk_decision WHERE originator_id = %s AND originator_version = %s

-- name: position
SELECT position FROM {schema}.desk_published WHERE number = %s

-- name: next_waiting
SELECT originator_id, originator_version, topic, state, number FROM {schema}.desk_decision
WHERE number > (SELECT coalesce(max(number), 0) FROM {schema}.desk_published)
ORDER BY number LIMIT %s

-- name: publish
INSERT INTO {schema}.desk_published VALUES (%s, %s) ON CONFLICT DO NOTHING

-- name: waiting
SELECT count(*) FROM {schema}.desk_decision
WHERE number > (SELECT coalesce(max(number), 0) FROM {schema}.desk_published)

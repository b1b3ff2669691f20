-- `of_ours` are the keys of the topic, and that of messages whose topic is not recorded.
-- A position is a partition and an offset in one number (domain/positions.py).

-- name: add
INSERT INTO {schema}.quarantine AS q (
    topic, partition, "offset", recorded_at, key, value, header_names, header_values,
    reason, first_seen, fact_id, state
)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'open')
ON CONFLICT (partition, "offset", recorded_at) DO UPDATE
SET topic = coalesce(nullif(excluded.topic, ''), q.topic),
    state = CASE q.state WHEN 'retried' THEN 'open' ELSE q.state END,
    reason = CASE q.state WHEN 'retried' THEN excluded.reason ELSE q.reason END,
    fact_id = CASE q.state WHEN 'retried' THEN excluded.fact_id ELSE q.fact_id END,
    settled_at = CASE q.state WHEN 'retried' THEN NULL ELSE q.settled_at END,
    why = CASE q.state WHEN 'retried' THEN NULL ELSE q.why END
WHERE q.state = 'retried' OR q.topic <> coalesce(nullif(excluded.topic, ''), q.topic);

-- name: listed
SELECT q.partition, q."offset", q.recorded_at, q.key, q.value, q.header_names, q.header_values,
    q.reason, q.first_seen, q.state, q.settled_at, q.why, q.fact_id
FROM {schema}.quarantine AS q
WHERE q.topic = ANY(%(of_ours)s)
    AND q.state = ANY(%(states)s) AND (q.partition, q."offset") > (%(partition)s, %(offset)s)
ORDER BY q.partition, q."offset", q.recorded_at LIMIT %(limit)s;

-- name: at
SELECT q.partition, q."offset", q.recorded_at, q.key, q.value, q.header_names, q.header_values,
    q.reason, q.first_seen, q.state, q.settled_at, q.why, q.fact_id
FROM {schema}.quarantine AS q
WHERE q.topic = ANY(%(of_ours)s)
    AND q.partition = %(partition)s AND q."offset" = %(offset)s
ORDER BY q.state = 'open' DESC, q.recorded_at DESC LIMIT 1;

-- name: contradicting
SELECT q.partition, q."offset", q.recorded_at, q.key, q.value, q.header_names, q.header_values,
    q.reason, q.first_seen, q.state, q.settled_at, q.why, q.fact_id
FROM {schema}.quarantine AS q
WHERE q.topic = ANY(%(of_ours)s)
    AND q.fact_id = ANY(%(ids)s);

-- name: settle
UPDATE {schema}.quarantine SET state = %(state)s, settled_at = %(at)s, why = %(why)s
WHERE (partition, "offset", recorded_at) = (
    SELECT q.partition, q."offset", q.recorded_at FROM {schema}.quarantine AS q
    WHERE q.topic = ANY(%(of_ours)s) AND q.partition = %(partition)s AND q."offset" = %(offset)s
        AND q.state = 'open'
    ORDER BY q.recorded_at DESC LIMIT 1
);

-- name: count
SELECT count(*)
FROM {schema}.quarantine AS q
WHERE q.topic = ANY(%(of_ours)s) AND q.state = 'open';

-- name: dismissed
-- A word is about one message: a topic that lost its end has others at its places.
SELECT ((q.partition::bigint << {bits}) | (q."offset" + 1)), q.recorded_at
FROM {schema}.quarantine AS q
WHERE q.topic = ANY(%(of_ours)s) AND q.state = 'dismissed';

-- name: dismissed_in
SELECT q.partition, q."offset", q.recorded_at
FROM unnest(%(partitions)s::integer[], %(firsts)s::bigint[], %(ends)s::bigint[])
    AS s (partition, first, past)
JOIN {schema}.quarantine AS q
    ON q.partition = s.partition AND q."offset" >= s.first AND q."offset" < s.past
WHERE q.topic = ANY(%(of_ours)s) AND q.state = 'dismissed';

-- name: retried_since
SELECT q.partition, q."offset", q.recorded_at
FROM {schema}.quarantine AS q
WHERE q.topic = ANY(%(of_ours)s) AND q.state = 'retried'
    AND q.settled_at >= (SELECT g.made_at FROM {schema}.generation AS g WHERE g.id = %(generation)s)
    AND (q.partition, q."offset") > (%(partition)s, %(offset)s)
ORDER BY 1, 2 LIMIT %(limit)s;

-- name: dismissed_in_views
SELECT f.position, f.id
FROM {schema}.quarantine AS q
JOIN fact AS f ON f.position = ((q.partition::bigint << {bits}) | (q."offset" + 1))
    AND f.recorded_at = q.recorded_at
WHERE q.topic = ANY(%(of_ours)s) AND q.state = 'dismissed';

-- name: in_views
SELECT 1
FROM {schema}.quarantine AS q
JOIN fact AS f ON f.position = ((q.partition::bigint << {bits}) | (q."offset" + 1))
    AND f.recorded_at = q.recorded_at
WHERE q.topic = ANY(%(of_ours)s) AND q.partition = %(partition)s AND q."offset" = %(offset)s;

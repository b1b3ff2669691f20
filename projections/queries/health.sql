-- name: waiting
-- For each reason, on how many ids something waits, and those that have waited longest.
SELECT w.reason, w.items, w.about
FROM (
    SELECT
        s.reason, s.about,
        count(*) OVER (PARTITION BY s.reason) AS items,
        row_number() OVER (PARTITION BY s.reason ORDER BY min(s.since), s.about) AS nth
    FROM suspense AS s
    WHERE s.since <= $as_of AND (s.until IS NULL OR s.until > $as_of)
    GROUP BY s.reason, s.about
) AS w
WHERE w.nth <= $shown
ORDER BY w.reason, w.nth;

-- name: future_facts
-- Facts in force that are dated more than a day after the ledger learned of them. Whatever instant is
-- asked about: they are hidden from all of them but the last.
SELECT count(*) OVER () AS facts, CAST(f.id AS VARCHAR) AS id
FROM fact AS f
LEFT JOIN retracted AS r ON r.fact_id = f.id
WHERE f.time > f.recorded_at + INTERVAL 24 HOUR AND r.fact_id IS NULL
ORDER BY f.position
LIMIT $shown;

-- name: silent_sources
-- Sources of so many facts from which nothing has come for so many times their usual longest gap:
-- that of a week, which is the median over the weeks in which one ended. Facts of one instant are
-- one sign of life, and a source that spoke at one instant alone has no gap.
WITH spoken AS (
    SELECT f.source, f.time AS spoke_at
    FROM fact AS f
    LEFT JOIN retracted AS r ON r.fact_id = f.id
    WHERE f.time <= $as_of AND r.fact_id IS NULL
),
gap AS (
    SELECT
        s.source, s.spoke_at,
        s.spoke_at - lag(s.spoke_at) OVER (PARTITION BY s.source ORDER BY s.spoke_at) AS length
    FROM spoken AS s
),
week AS (
    SELECT g.source, max(g.length) AS longest, max(g.spoke_at) AS last_at, count(*) AS facts
    FROM gap AS g
    GROUP BY g.source, date_trunc('week', timezone('UTC', g.spoke_at))
),
heard AS (
    SELECT w.source, sum(w.facts) AS facts, max(w.last_at) AS last_at
    FROM week AS w
    GROUP BY w.source
),
ranked AS (
    SELECT w.source, epoch_us(w.longest) AS longest,
        row_number() OVER (PARTITION BY w.source ORDER BY w.longest) AS nth,
        count(*) OVER (PARTITION BY w.source) AS weeks
    FROM week AS w
    WHERE w.longest > INTERVAL 0 SECOND
)
SELECT count(*) OVER () AS sources, h.source
FROM heard AS h
JOIN ranked AS u ON u.source = h.source AND u.nth = (u.weeks + 1) // 2
WHERE h.facts >= $facts AND $now - epoch_us(h.last_at) > $times * u.longest
ORDER BY h.last_at, h.source
LIMIT $shown;

-- name: equal_times
-- Sources of whose facts that name a commitment more than one in ten have no sequence and share
-- their instant with another fact that names it.
WITH naming AS (
    SELECT
        f.source,
        -- A sequence that is no number counts as none.
        f.sequence_number = 0
        AND replace(coalesce(nullif(f.sequence, ''), 'none'), '0', '') <> '' AS bare,
        count(*) OVER (PARTITION BY f.commitment_id, f.time) AS at_once
    FROM fact AS f
    LEFT JOIN retracted AS r ON r.fact_id = f.id
    WHERE f.commitment_id IS NOT NULL AND f.time <= $as_of AND r.fact_id IS NULL
),
shared AS (
    SELECT n.source
    FROM naming AS n
    GROUP BY n.source
    HAVING 10 * count(CASE WHEN n.bare AND n.at_once > 1 THEN 1 END) > count(*)
)
SELECT count(*) OVER () AS sources, s.source
FROM shared AS s
ORDER BY s.source
LIMIT $shown;

-- name: written
-- Parties and ids as they are written, each with the customer that it is a party of. Plain ones are
-- folded here: to small letters, without spaces. A retraction is about whom its fact was about: by it
-- alone, a spelling that was corrected would look like another for ever.
INSERT INTO written
SELECT t.text, coalesce(k.customer, t.text) AS customer,
    CASE WHEN NOT regexp_matches(t.text, '[^ -~]') THEN lower(replace(t.text, ' ', '')) END
        AS folded
FROM (
    -- One reading of the facts for whom each is about and its links; many facts have both alike.
    SELECT unnest(list_append(o.links, o.subject)) AS text
    FROM (
        SELECT DISTINCT f.links, f.subject
        FROM fact AS f
        LEFT JOIN retracted AS r ON r.fact_id = f.id
        WHERE f.time <= $as_of AND r.fact_id IS NULL AND f.type <> 'fact.retracted'
    ) AS o
    UNION
    SELECT unnest([l.party_a, l.party_b]) AS text
    FROM identity_linked AS l
    JOIN fact AS f ON f.position = l.position
    LEFT JOIN retracted AS r ON r.fact_id = f.id
    WHERE f.time <= $as_of AND r.fact_id IS NULL
) AS t
LEFT JOIN known_as AS k ON k.party = t.text;

-- name: look_alikes
-- Groups of them that are not one customer, with as many of each as are shown.
WITH alike AS (
    SELECT w.text, w.customer, coalesce(w.folded, f.folded) AS folded
    FROM written AS w
    LEFT JOIN refolded AS f ON f.text = w.text
),
several AS (
    SELECT count(*) OVER () AS alike, a.folded
    FROM alike AS a
    GROUP BY a.folded
    HAVING min(a.customer) <> max(a.customer)
    ORDER BY a.folded
    LIMIT $shown
)
SELECT s.alike, s.folded, a.text
FROM several AS s
JOIN alike AS a ON a.folded = s.folded
ORDER BY s.folded, a.text;

-- name: promised
SELECT 1 FROM commitment AS c WHERE c.made_at <= $as_of LIMIT 1;

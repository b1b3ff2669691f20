-- The stretches of time in which two parties are linked. For a pair the last of linked and
-- unlinked, in the order, holds; `until` is null while it still does.
CREATE TABLE party_link AS
SELECT s.party_a, s.party_b, s.since, s.until
FROM (
    SELECT
        p.party_a, p.party_b, p.linked,
        p.time AS since,
        lead(p.time) OVER (PARTITION BY p.party_a, p.party_b ORDER BY p.{order}) AS until
    FROM (
        SELECT
            least(u.party_a, u.party_b) AS party_a,
            greatest(u.party_a, u.party_b) AS party_b,
            u.linked, f.{order}
        FROM (
            SELECT l.position, l.party_a, l.party_b, TRUE AS linked FROM identity_linked AS l
            UNION ALL
            SELECT l.position, l.party_a, l.party_b, FALSE AS linked FROM identity_unlinked AS l
        ) AS u
        JOIN fact AS f ON f.position = u.position
        LEFT JOIN retracted AS r ON r.fact_id = f.id
        WHERE r.fact_id IS NULL AND u.party_a <> u.party_b
    ) AS p
    JOIN touched_pair AS t ON t.party_a = p.party_a AND t.party_b = p.party_b
) AS s
WHERE s.linked AND (s.until IS NULL OR s.until > s.since);

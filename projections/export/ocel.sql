-- name: event
-- Facts in force as events: whom each is about, what it touches, and the journey that it is a step of.
-- The facts of a type lie together, so that who looks for these passes over all others.
CREATE TABLE event AS
SELECT
    f.position, f.id, f.type, {at} AS "at", f.department AS "by", f.subject,
    CASE WHEN len(f.links) > 1 THEN list_sort(list_distinct(f.links)) ELSE f.links END AS links,
    'journey:' || s.journey_id AS journey
FROM fact AS f
LEFT JOIN retracted AS r ON r.fact_id = f.id
LEFT JOIN journey_step AS s ON s.position = f.position
WHERE r.fact_id IS NULL
ORDER BY f.type, f.position;

-- name: known_as
CREATE VIEW known_as AS SELECT * FROM party_identity;

-- name: party
-- Who is spoken of, and whether that is a customer.
CREATE TABLE party AS
SELECT p.party, p.{of_a_customer} AS is_customer
FROM (
    SELECT n.party, coalesce(i.customer, n.party) AS customer
    FROM (
        SELECT e.subject AS party FROM event AS e
        UNION SELECT l.party_a FROM party_link AS l
        UNION SELECT l.party_b FROM party_link AS l
    ) AS n
    LEFT JOIN party_identity AS i ON i.party = n.party
) AS p;

-- name: object
-- Everything that an event relates to, and the parties that were ever linked. The text says what it
-- is, but for parties and journeys.
CREATE TABLE object AS
SELECT
    o.id,
    CASE
        WHEN starts_with(o.id, 'commitment:') THEN 'commitment'
        WHEN starts_with(o.id, 'issue:') THEN 'issue'
        WHEN starts_with(o.id, 'payment:') THEN 'payment'
        WHEN starts_with(o.id, 'decision:') THEN 'decision'
        WHEN j.journey_id IS NOT NULL THEN 'journey'
        WHEN p.is_customer THEN 'customer'
        WHEN p.party IS NOT NULL THEN 'party'
        ELSE 'ref'
    END AS type
FROM (
    SELECT unnest(e.links) AS id FROM event AS e
    UNION SELECT e.journey FROM event AS e WHERE e.journey IS NOT NULL
    UNION SELECT p.party FROM party AS p
) AS o
LEFT JOIN party AS p ON p.party = o.id
LEFT JOIN journey AS j ON 'journey:' || j.journey_id = o.id
ORDER BY o.id;

-- name: held
-- How a commitment stood, as long as it did, and how before: its steps but for those that held at no
-- instant.
CREATE TABLE held AS
SELECT
    'commitment:' || h.commitment_id AS id, h.n, h.step_at AS since, h.owner, h.state, h.first_due_at,
    h.agreed_due_at, h.latest_due_at,
    row_number() OVER steps AS nth,
    lag(h.owner) OVER steps AS owner_before,
    lag(h.state) OVER steps AS state_before,
    lag(h.first_due_at) OVER steps AS first_due_at_before,
    lag(h.agreed_due_at) OVER steps AS agreed_due_at_before,
    lag(h.latest_due_at) OVER steps AS latest_due_at_before
FROM commitment_history AS h
WHERE h.until IS NULL OR h.until > h.step_at
WINDOW steps AS (PARTITION BY h.commitment_id ORDER BY h.n);

-- name: turn
-- Whether an issue was resolved, as long as it was so, and whether before.
CREATE TABLE turn AS
SELECT
    'issue:' || s.issue_id AS id, s.step_at AS since, s.resolved,
    row_number() OVER steps AS nth,
    lag(s.resolved) OVER steps AS resolved_before
FROM issue_step AS s
WHERE s.until IS NULL OR s.until > s.step_at
WINDOW steps AS (PARTITION BY s.issue_id ORDER BY s.n);

-- name: no_changes
CREATE TABLE change (id VARCHAR, since TIMESTAMPTZ, field VARCHAR, value VARCHAR);

-- name: change
-- The changes of one attribute, from what it was before.
INSERT INTO change
SELECT h.id, h.since, '{field}', {value}
FROM {steps} AS h
WHERE h.nth > 1 AND h.{field} IS DISTINCT FROM h.{field}_before;

-- name: relation
-- What objects have to do with each other. Both ends are objects.
CREATE TABLE relation AS
SELECT DISTINCT r.source, r.target, r.qualifier
FROM (
    SELECT 'commitment:' || c.commitment_id AS source, c.subject AS target, 'customer' AS qualifier
    FROM commitment AS c
    UNION ALL SELECT 'commitment:' || c.commitment_id, c.made_to, 'made to' FROM commitment AS c
    UNION ALL SELECT 'commitment:' || c.commitment_id, 'commitment:' || c.supports, 'supports'
    FROM commitment AS c
    UNION ALL SELECT 'issue:' || i.issue_id, i.subject, 'customer' FROM issue AS i
    UNION ALL SELECT 'issue:' || i.issue_id, 'commitment:' || i.about_commitment_id, 'about'
    FROM issue AS i
    UNION ALL SELECT 'payment:' || p.payment_id, p.subject, 'customer' FROM payment AS p
    UNION ALL SELECT 'decision:' || d.decision_id, d.subject, 'customer' FROM decision AS d
    UNION ALL SELECT 'journey:' || j.journey_id, j.customer, 'customer' FROM journey AS j
) AS r
JOIN object AS s ON s.id = r.source
JOIN object AS t ON t.id = r.target
ORDER BY ALL;

-- name: of_commitment
SELECT
    'commitment:' || c.commitment_id AS id, c.about, c.kind, c.entry_point,
    CAST(to_json(c.labels) AS VARCHAR) AS labels,
    h.owner, h.state, h.first_due_at, h.agreed_due_at, h.latest_due_at
FROM commitment AS c
JOIN held AS h ON h.id = 'commitment:' || c.commitment_id AND h.nth = 1;

-- name: of_issue
SELECT
    'issue:' || i.issue_id AS id, i.department, i.topic, i.complaint, i.regime, i.channel,
    i.acknowledgement_due_at, i.answer_due_at, t.resolved
FROM issue AS i
JOIN turn AS t ON t.id = 'issue:' || i.issue_id AND t.nth = 1;

-- name: of_payment
SELECT 'payment:' || p.payment_id AS id, p.department, p.amount_minor, p.currency, p.method
FROM payment AS p;

-- name: of_decision
SELECT
    'decision:' || d.decision_id AS id, d.department, d.rule_id, d.gesture, d.amount_minor, d.currency,
    d.on_customer_word, d.beyond_rule
FROM decision AS d;

-- name: of_journey
SELECT 'journey:' || j.journey_id AS id, j.handovers, j.chases, j.conducted FROM journey AS j;

-- name: of_customer
SELECT o.id, o.id AS customer FROM object AS o WHERE o.type = 'customer';

-- name: of_party
SELECT o.id, o.id AS customer FROM object AS o WHERE o.type = 'party';

-- name: of_ref
SELECT o.id, split_part(o.id, ':', 1) AS kind FROM object AS o WHERE o.type = 'ref';

-- name: json_event
SELECT
    ',{{"id":"' || e.id || '","type":"{type}","time":"' || e."at"
    || '","attributes":[' || concat_ws(',', {attributes})
    || '],"relationships":[{{"objectId":' || to_json(e.subject) || ',"qualifier":"subject"}}'
    || CASE WHEN len(e.links) > 0 THEN ',{{"objectId":' || array_to_string(
            list_transform(e.links, lambda x: to_json(x)), ',"qualifier":"touches"}},{{"objectId":'
        ) || ',"qualifier":"touches"}}' ELSE '' END
    || coalesce(',{{"objectId":"' || e.journey || '","qualifier":"journey"}}', '')
    || E']}}\n' AS line
FROM event AS e
JOIN {table} AS t ON t.position = e.position
WHERE e.type = '{type}';

-- name: json_object
SELECT
    ',{{"id":' || to_json(o.id) || ',"type":"{type}","attributes":['
    || concat_ws(',', {attributes}, c.changes) || '],"relationships":[' || coalesce(r.relations, '')
    || E']}}\n' AS line
FROM object AS o
LEFT JOIN of_{type} AS t ON t.id = o.id
LEFT JOIN changes AS c ON c.id = o.id
LEFT JOIN relations AS r ON r.id = o.id
WHERE o.type = '{type}';

-- name: changes
-- All changes of each object, in the order in which they came; what is nothing any more is `null`.
CREATE TABLE changes AS
SELECT
    c.id,
    string_agg(
        '{{"name":"' || c.field || '","time":"' || {since} || '","value":'
        || to_json(coalesce(c.value, 'null')) || '}}',
        ',' ORDER BY c.since, c.field
    ) AS changes
FROM change AS c
GROUP BY c.id;

-- name: relations
-- They are sorted already.
CREATE TABLE relations AS
SELECT
    r.source AS id,
    string_agg(
        '{{"objectId":' || to_json(r.target) || ',"qualifier":"' || r.qualifier || '"}}',
        ','
    ) AS relations
FROM relation AS r
GROUP BY r.source;

-- One row a decision to use discretion whose use is seen.
CREATE TABLE decision AS
SELECT
    s.about AS decision_id,
    u.subject,
    s.department,
    u.rule_id,
    u.gesture,
    u.amount_minor,
    u.currency,
    u.on_customer_word,
    u.beyond_rule,
    s.id AS opened_id,
    s.position AS opened_position,
    s.time AS opened_at
FROM step AS s
JOIN discretion_used AS u ON u.position = s.position
WHERE s.kind = 'decision' AND s.n = 1
ORDER BY s.about;

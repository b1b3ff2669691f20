-- One row an issue whose opening is seen, with the deadlines that the policies of its day give.
CREATE TABLE issue AS
SELECT
    s.about AS issue_id,
    coalesce(i.customer, o.subject) AS customer,
    o.subject,
    s.department,
    o.topic,
    o.complaint,
    o.regime,
    o.channel,
    o.about_commitment_id,
    o.labels,
    s.id AS opened_id,
    s.position AS opened_position,
    s.time AS opened_at,
    o.sent_at,
    d.acknowledgement_due_at,
    d.answer_due_at
FROM step AS s
JOIN issue_opened AS o ON o.position = s.position
LEFT JOIN issue_deadline AS d ON d.fact_id = s.id
LEFT JOIN party_identity AS i ON i.party = o.subject
WHERE s.kind = 'issue' AND s.n = 1
ORDER BY s.about;

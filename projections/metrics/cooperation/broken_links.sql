-- A promise to a customer that was not kept, with each promise beneath it that was not kept either.
SELECT
    b.unit || '/' || s.unit AS unit,
    b.facts || s.facts AS facts,
    b.agreed_due_at AS at,
    b.owner,
    s.owner AS supporting_owner,
    s.about AS supporting_about
FROM promise AS b
JOIN promise AS s ON s.supports = b.commitment_id
WHERE b.due AND NOT b.kept AND NOT b.internal AND s.due AND NOT s.kept;

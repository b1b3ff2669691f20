-- Handed back. A bicycle that is still here has no time, and its row is skipped.
SELECT
    ticket AS key,
    handed_back AS time,
    '/workshop/tickets' AS source,
    subject,
    refs,
    'repair-' || ticket AS commitment_id
FROM repairs;

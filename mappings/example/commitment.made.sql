-- Whoever brings a bicycle in is told when it will be ready.
SELECT
    ticket AS key,
    brought_in AS time,
    '/workshop/tickets' AS source,
    subject,
    refs,
    'repair-' || ticket AS commitment_id,
    'repair' AS about,
    'shop' AS entry_point,
    ready_by AS due_at,
    'company' AS due_chosen_by
FROM repairs;

SELECT
    number AS key,
    placed AS time,
    '/web-shop/orders' AS source,
    subject,
    refs,
    'delivery-' || number AS commitment_id,
    'delivery' AS about,
    'logistics' AS owner,
    'web' AS entry_point,
    promised AS due_at,
    'company' AS due_chosen_by
FROM orders;

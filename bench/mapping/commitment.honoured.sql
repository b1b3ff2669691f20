-- Orders that are not delivered have no time: their rows are skipped.
SELECT
    number AS key,
    delivered AS time,
    '/logistics/parcels' AS source,
    subject,
    refs,
    'delivery-' || number AS commitment_id
FROM orders;

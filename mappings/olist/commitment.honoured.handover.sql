-- The order is with the carrier. Some orders get there before they were placed, and one without
-- items was never promised: they are imported as they are.
SELECT
    order_id AS key,
    handed_over_at AS time,
    '/sellers/olist' AS source,
    subject,
    refs,
    'handover-' || order_id AS commitment_id
FROM orders;

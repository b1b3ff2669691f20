-- The parcel is with the customer, whatever order_status says.
SELECT
    order_id AS key,
    delivered_at AS time,
    '/logistics/olist' AS source,
    subject,
    refs,
    'delivery-' || order_id AS commitment_id
FROM orders;

-- The order is placed in the web shop.
SELECT
    order_id AS key,
    purchased_at AS time,
    '/sales/olist' AS source,
    subject,
    refs,
    'order_placed' AS kind,
    'web' AS channel,
    'customer' AS initiated_by
FROM orders;

SELECT
    number AS key,
    placed AS time,
    '/web-shop/orders' AS source,
    subject,
    refs,
    'order_placed' AS kind,
    'web' AS channel,
    'customer' AS initiated_by,
    city AS note
FROM orders;

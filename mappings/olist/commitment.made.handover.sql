-- The sellers promise logistics to hand the order over to the carrier. An order is handed over
-- when its last item is, so its latest limit counts. No items, no promise.
WITH limits AS (
    SELECT order_id, max(local_time(shipping_limit_date)) AS due_at
    FROM rows('olist_order_items_dataset.csv')
    GROUP BY order_id
)
SELECT
    o.order_id AS key,
    o.purchased_at AS time,
    '/sellers/olist' AS source,
    o.subject,
    o.refs,
    'handover-' || o.order_id AS commitment_id,
    'handover' AS about,
    'department:logistics' AS made_to,
    l.due_at,
    'delivery-' || o.order_id AS supports
FROM orders AS o
JOIN limits AS l USING (order_id);

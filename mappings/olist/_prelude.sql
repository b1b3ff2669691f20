-- What the SELECTs of this folder share.

-- All times of the data are on the clock of Sao Paulo. In the hour that comes twice when the clock
-- goes back, the later instant is the one that is meant.
CREATE MACRO local_time(written) AS instant(written, '%Y-%m-%d %H:%M:%S', 'America/Sao_Paulo');

-- customer_id changes with every order; customer_unique_id is the person. An order whose customer
-- is missing keeps a null subject, so that its rows are rejected and seen, and not left out.
CREATE VIEW orders AS
    SELECT
        o.order_id,
        'customer:' || c.customer_unique_id AS subject,
        ['order:' || o.order_id] AS refs,
        local_time(o.order_purchase_timestamp) AS purchased_at,
        local_time(o.order_approved_at) AS approved_at,
        local_time(o.order_delivered_carrier_date) AS handed_over_at,
        local_time(o.order_delivered_customer_date) AS delivered_at,
        o.order_estimated_delivery_date AS announced_on,
        o._row,
        o._file
    FROM rows('olist_orders_dataset.csv') AS o
    LEFT JOIN rows('olist_customers_dataset.csv') AS c USING (customer_id);

-- One row a payment. Money goes through decimals: 0.29 * 100 in binary floating point is 28.99….
CREATE VIEW payments AS
    SELECT
        p.order_id || '-' || p.payment_sequential AS payment_id,
        o.subject,
        o.refs,
        o.approved_at,
        CAST(CAST(p.payment_value AS DECIMAL(18, 2)) * 100 AS BIGINT) AS amount_minor,
        p.payment_type,
        p._row,
        p._file
    FROM rows('olist_order_payments_dataset.csv') AS p
    LEFT JOIN orders AS o USING (order_id);

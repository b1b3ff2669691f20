-- What the SELECTs of this folder share. Every value is read as text: identifiers keep their
-- leading zeros, and no type is guessed. Review comments run over several lines and double their
-- quotes, so quote and escape are said and not sniffed.
CREATE MACRO olist_csv(file) AS TABLE
    SELECT *
    FROM read_csv(file, all_varchar = true, header = true, delim = ',', quote = '"', escape = '"');

-- All times of the data are on the clock of Sao Paulo. In the hour that comes twice when the clock
-- goes back, timezone() answers the later instant, which is the one that is meant.
CREATE MACRO instant(local_time) AS
    timezone('America/Sao_Paulo', CAST(nullif(local_time, '') AS TIMESTAMP));

-- customer_id changes with every order; customer_unique_id is the person. An order whose customer
-- is missing keeps a null subject, so that its rows are rejected and seen, and not left out.
CREATE VIEW orders AS
    SELECT
        o.order_id,
        'customer:' || c.customer_unique_id AS subject,
        ['order:' || o.order_id] AS refs,
        instant(o.order_purchase_timestamp) AS purchased_at,
        instant(o.order_approved_at) AS approved_at,
        instant(o.order_delivered_carrier_date) AS handed_over_at,
        instant(o.order_delivered_customer_date) AS delivered_at,
        CAST(o.order_estimated_delivery_date AS TIMESTAMP) AS announced_on
    FROM olist_csv('olist_orders_dataset.csv') AS o
    LEFT JOIN olist_csv('olist_customers_dataset.csv') AS c USING (customer_id);

-- One row a payment. Money goes through decimals: 0.29 * 100 in binary floating point is 28.99….
CREATE VIEW payments AS
    SELECT
        p.order_id || '-' || p.payment_sequential AS payment_id,
        o.subject,
        o.refs,
        o.approved_at,
        CAST(CAST(p.payment_value AS DECIMAL(18, 2)) * 100 AS BIGINT) AS amount_minor,
        p.payment_type
    FROM olist_csv('olist_order_payments_dataset.csv') AS p
    LEFT JOIN orders AS o USING (order_id);

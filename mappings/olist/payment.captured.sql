-- A payment is captured when its order is approved; without an approval there is no time, and the
-- row is skipped.
SELECT
    payment_id AS key,
    approved_at AS time,
    '/payments/olist' AS source,
    subject,
    refs,
    payment_id,
    amount_minor,
    'BRL' AS currency,
    payment_type AS method
FROM payments;

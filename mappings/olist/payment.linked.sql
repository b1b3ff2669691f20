-- The shop's own payments name their order: an exact reference.
SELECT
    payment_id AS key,
    approved_at AS time,
    '/payments/olist' AS source,
    subject,
    refs,
    payment_id,
    refs[1] AS to_ref,
    'exact_reference' AS how
FROM payments;

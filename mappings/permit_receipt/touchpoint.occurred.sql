-- Every step of the municipality's work. Only the confirmation of receipt goes out through the
-- channel by which the case came in; the rest happens inside. A step without a recorded group
-- (`EMPTY`) is kept as it is, under /empty/permits.
SELECT
    step_id AS key,
    step_at AS time,
    source_of(step_group) AS source,
    subject,
    refs,
    step AS kind,
    CASE step WHEN 'Confirmation of receipt' THEN channel ELSE 'other' END AS channel,
    'company' AS initiated_by
FROM steps;

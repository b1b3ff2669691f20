-- The delivery promised to the customer. The announced date is a day; when that day is over is a
-- matter of reading: `as_given` takes 00:00:00, as the file writes it, `--set due=end_of_day`
-- takes 23:59:59, which is what a customer understands by "on the 27th".
SELECT
    order_id AS key,
    purchased_at AS time,
    '/logistics/olist' AS source,
    subject,
    refs,
    'delivery-' || order_id AS commitment_id,
    'delivery' AS about,
    'company' AS due_chosen_by,
    local_time(
        CASE coalesce(getvariable('due'), 'as_given')
            WHEN 'as_given' THEN announced_on
            WHEN 'end_of_day' THEN left(announced_on, 10) || ' 23:59:59'
            ELSE error('due must be as_given or end_of_day, seen: ' || getvariable('due'))
        END
    ) AS due_at
FROM orders;

-- Customers who had to ask. The telephone writes its times with their offset.
SELECT
    number AS key,
    CAST(called_at AS TIMESTAMPTZ) AS time,
    '/counter/telephone' AS source,
    'customer:' || customer AS subject,
    ['repair:' || ticket] AS refs,
    'repair-' || ticket AS commitment_id,
    'phone' AS channel
FROM read_csv('calls.csv', all_varchar = true);

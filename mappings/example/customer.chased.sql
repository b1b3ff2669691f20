-- Customers who had to ask. The telephone writes its times with their offset.
SELECT
    number AS key,
    instant(called_at, '%Y-%m-%dT%H:%M:%S%z', 'UTC') AS time,
    '/counter/telephone' AS source,
    'customer:' || customer AS subject,
    ['repair:' || ticket] AS refs,
    'repair-' || ticket AS commitment_id,
    'phone' AS channel
FROM rows('calls.csv');

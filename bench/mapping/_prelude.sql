-- The shop's clock, and its orders as the SELECTs share them.
CREATE MACRO shop_time(written) AS instant(written, '%Y-%m-%d %H:%M:%S', 'Europe/Paris');

CREATE VIEW orders AS
    SELECT
        "order" AS number,
        'customer:' || customer AS subject,
        ['order:' || "order"] AS refs,
        city,
        shop_time(placed) AS placed,
        shop_time(promised || ' 18:00:00') AS promised,
        shop_time(delivered) AS delivered,
        _row,
        _file
    FROM rows('orders.csv');

-- What the SELECTs share: the shop's clock, and the repairs, one row a bicycle.
CREATE MACRO shop_time(written) AS instant(written, '%Y-%m-%d %H:%M', 'Europe/Paris');

CREATE VIEW repairs AS
    SELECT
        ticket,
        'customer:' || customer AS subject,
        ['repair:' || ticket] AS refs,
        shop_time(brought_in) AS brought_in,
        shop_time(handed_back) AS handed_back,
        -- A bicycle is ready on a day; the day ends when the shop closes.
        shop_time(ready_on || ' ' || coalesce(getvariable('closing'), '18:00')) AS ready_by,
        _row,
        _file
    FROM rows('repairs_*.csv');

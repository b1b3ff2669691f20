-- The first report of each id.
SELECT
    CAST(d.id AS VARCHAR) AS unit,
    [CAST(d.id AS VARCHAR)] AS facts,
    d.time AS at,
    d.topic,
    d.process,
    d.department
FROM (
    SELECT
        r.id, r.time, r.topic, r.process, f.department,
        row_number() OVER (PARTITION BY r.report_id ORDER BY f.{order}) AS nth
    FROM happened AS f
    JOIN dysfunction_reported AS r ON r.position = f.position
) AS d
WHERE d.nth = 1;

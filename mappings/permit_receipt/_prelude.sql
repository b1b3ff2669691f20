-- Times bear their offset, most of them a fraction of a second too.
CREATE MACRO offset_time(written) AS CASE
    WHEN contains(written, '.') THEN instant(written, '%Y-%m-%d %H:%M:%S.%f%z', 'UTC')
    ELSE instant(written, '%Y-%m-%d %H:%M:%S%z', 'UTC')
END;

-- One row a step; the columns that start with `case:` repeat in each row of a case. The people at
-- work (`org:resource`, `case:responsible`) are not read.
CREATE VIEW steps AS
    SELECT
        "case:concept:name" AS case_id,
        'customer:' || "case:concept:name" AS subject,
        ['case:' || "case:concept:name"] AS refs,
        CASE "case:channel"
            WHEN 'Internet' THEN 'web'
            WHEN 'Desk' THEN 'shop'
            WHEN 'Post' THEN 'letter'
            WHEN 'e-mail' THEN 'email'
            WHEN 'Intern' THEN 'other'
        END AS channel,
        "case:department" AS case_department,
        offset_time("case:startdate") AS started_at,
        offset_time("case:deadline") AS deadline,
        offset_time("case:enddate") AS ended_at,
        "concept:instance" AS step_id,
        "concept:name" AS step,
        "org:group" AS step_group,
        offset_time("time:timestamp") AS step_at,
        _row,
        _file
    FROM rows('receipt.csv');

-- Should the rows of a case ever disagree, the case comes twice with one key, and the second one
-- is rejected as a conflict: nothing is picked in silence.
CREATE VIEW cases AS
    SELECT DISTINCT
        case_id, subject, refs, channel, case_department, started_at, deadline, ended_at
    FROM steps;

-- `Customer contact` speaks as /customer-contact/permits.
CREATE MACRO source_of(department) AS
    '/' || replace(lower(department), ' ', '-') || '/permits';

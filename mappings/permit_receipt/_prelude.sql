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
        CAST("case:startdate" AS TIMESTAMPTZ) AS started_at,
        CAST("case:deadline" AS TIMESTAMPTZ) AS deadline,
        CAST("case:enddate" AS TIMESTAMPTZ) AS ended_at,
        "concept:instance" AS step_id,
        "concept:name" AS step,
        "org:group" AS step_group,
        CAST("time:timestamp" AS TIMESTAMPTZ) AS step_at
    FROM read_csv(
        'receipt.csv', all_varchar = true, header = true, delim = ',', quote = '"', escape = '"'
    );

-- Should the rows of a case ever disagree, the case comes twice with one key, and the second one
-- is rejected as a conflict: nothing is picked in silence.
CREATE VIEW cases AS
    SELECT DISTINCT
        case_id, subject, refs, channel, case_department, started_at, deadline, ended_at
    FROM steps;

-- `Customer contact` speaks as /customer-contact/permits.
CREATE MACRO source_of(department) AS
    '/' || replace(lower(department), ' ', '-') || '/permits';

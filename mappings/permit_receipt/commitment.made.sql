-- The permit is promised by the legal deadline; `case:enddate_planned` is a plan inside the house.
SELECT
    case_id AS key,
    started_at AS time,
    source_of(case_department) AS source,
    subject,
    refs,
    'permit-' || case_id AS commitment_id,
    'permit' AS about,
    'policy' AS kind,
    deadline AS due_at,
    channel AS entry_point
FROM cases;

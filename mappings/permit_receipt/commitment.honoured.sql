-- A case that has not ended has no time, and is skipped.
SELECT
    case_id AS key,
    ended_at AS time,
    source_of(case_department) AS source,
    subject,
    refs,
    'permit-' || case_id AS commitment_id
FROM cases;

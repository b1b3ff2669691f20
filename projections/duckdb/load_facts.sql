-- name: into_fact
-- The links are those of domain.facts.Fact.links; what is named twice is there twice.
INSERT INTO fact
SELECT
    position, recorded_at, CAST(id AS UUID), type, source, split_part(source, '/', 2), subject,
    time, correlationid, causationid, sequence, sequence_number, place, extensions, {keys},
    refs || list_filter([{links}], lambda link: link IS NOT NULL)
FROM landing;

-- Journeys that may have been several before all of their facts had happened: those in which all refs
-- of a fact were new with it, until another fact joined it to what came before it; and, of customers
-- who are several parties, those with facts of more than one. No journey is named where one of these
-- parties is a ref of another's fact: until they were linked, all of the customer's facts may have
-- hung together otherwise.
CREATE TABLE joined_later AS
WITH of_several AS (
    SELECT f.customer, f.subject, f.n, f.id, f.links
    FROM customer_fact AS f
    WHERE f.customer IN (
        SELECT p.customer FROM customer_party AS p GROUP BY p.customer HAVING count(*) > 1
    )
)
SELECT f.customer, f.id AS journey_id
FROM anchor AS a
JOIN joined AS j ON j.node = a.n
JOIN customer_fact AS f ON f.n = j.label
WHERE a.low = a.n AND j.label < a.n
UNION
SELECT f.customer, f.id AS journey_id
FROM of_several AS o
JOIN stitched AS s ON s.n = o.n
JOIN of_several AS f ON f.n = s.label
WHERE f.subject <> o.subject
UNION
SELECT l.customer, CAST(NULL AS UUID) AS journey_id
FROM (SELECT o.customer, o.subject, unnest(o.links) AS link FROM of_several AS o) AS l
JOIN customer_party AS p ON p.party = l.link AND p.customer = l.customer
WHERE l.link <> l.subject;

-- The canonical name of every party that is linked: the smallest of the linked ids. A party that is
-- not here is its own customer. `canonical_name` holds the components that domain/identity.py found.
CREATE TABLE party_identity AS
SELECT c.party, c.customer
FROM canonical_name AS c
JOIN touched_party AS t ON t.party = c.party
ORDER BY c.party;

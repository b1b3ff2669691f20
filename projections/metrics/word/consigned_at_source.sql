SELECT p.*, p.made_at AS at, p.consigned = 'at_source' AS counted
FROM promise AS p
WHERE p.consigned IN ('at_source', 'discovered_later');

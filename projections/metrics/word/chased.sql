SELECT p.*, p.made_at AS at, p.chases > 0 AS counted
FROM promise AS p;

SELECT p.*, p.made_at AS at, p.first_due_at IS NULL AS counted
FROM promise AS p;

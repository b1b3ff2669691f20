SELECT p.*, p.agreed_due_at AS at, p.kept AS counted
FROM promise AS p
WHERE p.due AND p.internal;

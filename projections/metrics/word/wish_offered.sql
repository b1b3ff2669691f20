SELECT p.*, p.made_at AS at, p.first_due_at <= p.requested_at AS counted
FROM promise AS p
WHERE p.requested_at IS NOT NULL AND p.first_due_at IS NOT NULL;

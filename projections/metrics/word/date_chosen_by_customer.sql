-- A date that a policy gave was chosen by nobody.
SELECT p.*, p.made_at AS at, p.due_chosen_by = 'customer' AS counted
FROM promise AS p
JOIN commitment_made AS m ON m.position = p.made_position
WHERE m.due_at IS NOT NULL AND p.due_chosen_by IN ('company', 'customer');

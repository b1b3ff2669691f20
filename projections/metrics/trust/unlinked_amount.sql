-- As many as count in unlinked_payments, with those whose time still runs.
SELECT p.*, p.at AS started_at, TRUE AS counted
FROM captured_payment AS p
WHERE p.settled_at IS NULL;

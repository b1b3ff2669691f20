SELECT p.*, p.at AS started_at, p.settled_at IS NULL AS counted
FROM captured_payment AS p;

SELECT p.*, p.honoured_at AS at, p.honoured_at < p.earliest_at AS counted
FROM promise AS p
WHERE p.state = 'honoured' AND p.earliest_at IS NOT NULL;

SELECT p.*, p.at AS started_at, p.settled_at AS ended_at
FROM captured_payment AS p;

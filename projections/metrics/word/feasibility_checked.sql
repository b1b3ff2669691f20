SELECT p.*, p.made_at AS at, coalesce(p.feasibility_checked, FALSE) AS counted
FROM promise AS p;

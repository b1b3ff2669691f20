SELECT j.*, CASE WHEN j.conducted THEN 'a' ELSE 'b' END AS side, j.kept_whole AS counted
FROM customer_journey AS j
WHERE j.kept_whole IS NOT NULL;

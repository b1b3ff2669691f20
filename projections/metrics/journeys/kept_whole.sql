SELECT j.*, w.kept_whole AS counted
FROM customer_journey AS j
JOIN journey_kept_whole AS w ON w.journey_id = j.journey_id;

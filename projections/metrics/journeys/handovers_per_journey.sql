SELECT j.*, j.handovers AS number
FROM customer_journey AS j;

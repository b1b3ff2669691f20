SELECT j.*, array_length(j.departments) AS number
FROM customer_journey AS j;

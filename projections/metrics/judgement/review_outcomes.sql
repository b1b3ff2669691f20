SELECT d.*, d.review AS outcome
FROM used_discretion AS d
WHERE d.review IS NOT NULL;

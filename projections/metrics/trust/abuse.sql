SELECT d.*, d.abused AS counted
FROM used_discretion AS d
WHERE d.sampled;

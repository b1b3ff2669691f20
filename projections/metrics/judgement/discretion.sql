SELECT d.*
FROM used_discretion AS d;

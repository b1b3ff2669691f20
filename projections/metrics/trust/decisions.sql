SELECT d.*, d.{which} AS counted
FROM used_discretion AS d;

-- The postponements and advances that moved a date: one that gives the first date moves none.
SELECT m.*, NOT m.consent AS counted
FROM moved AS m;

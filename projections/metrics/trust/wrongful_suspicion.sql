SELECT e.*, e.cleared_at IS NOT NULL AS counted
FROM doubted_entitlement AS e;

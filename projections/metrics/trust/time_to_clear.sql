SELECT e.*, e.at AS started_at, e.cleared_at AS ended_at
FROM doubted_entitlement AS e;
